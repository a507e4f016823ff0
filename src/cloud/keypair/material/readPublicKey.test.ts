import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyFormatError } from './keyFormatError.ts';
import { ed25519, refused, rsa1024, rsa1024Private, rsa2048, rsa3072Line, rsa4096 } from './knownKeys.ts';
import { readPublicKey } from './readPublicKey.ts';
import { sshMpint, sshString } from './sshWire.ts';

const read = (text: string) => readPublicKey(Buffer.from(text, 'utf8'));
const bare = (line: string) => line.split(' ').slice(0, 2).join(' ');
const blobOf = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');
const asLine = (algorithm: string, blob: Uint8Array) => `${algorithm} ${Buffer.from(blob).toString('base64')}`;
const pemBody = (pem: string) => pem.trim().split('\n').slice(1, -1);

describe('readPublicKey takes', () => {
  it.each([rsa1024, rsa2048, rsa4096])('an OpenSSH line of RSA, fingerprint $md5', ({ line, md5 }) => {
    expect(read(line)).toEqual({ type: 'rsa', publicKey: bare(line), fingerprint: md5 });
  });

  it('RSA of 3072 bits', () => {
    expect(read(rsa3072Line)).toMatchObject({ type: 'rsa', publicKey: bare(rsa3072Line) });
  });

  it('an OpenSSH line of ED25519, its fingerprint padded and without prefix', () => {
    const publicKey = bare(ed25519.line);
    expect(read(ed25519.line)).toEqual({ type: 'ed25519', publicKey, fingerprint: `${ed25519.sha256}=` });
  });

  it.each([
    ['no comment', bare(rsa2048.line)],
    ['a line end', `${rsa2048.line}\n`],
    ['line ends of Windows and blank lines', `\r\n${rsa2048.line}\r\n\r\n`],
    ['tabs', rsa2048.line.replaceAll(' ', '\t')],
    ['a comment beyond ASCII', `${bare(rsa2048.line)} Zoë @ büro ☃`],
    ['RFC 4716', rsa2048.rfc4716],
    ['RFC 4716 without headers', rsa2048.rfc4716.replace(/^Comment.*\n/m, '')],
    [
      'RFC 4716 with a continued header',
      rsa2048.rfc4716.replace(/^Comment.*$/m, 'Comment: "one \\\ntwo \\\nthree"\nx-a: b'),
    ],
    ['RFC 4716 with line ends of Windows', rsa2048.rfc4716.replaceAll('\n', '\r\n')],
    ['PEM', rsa2048.pem],
    ['PEM with line ends of Windows', rsa2048.pem.replaceAll('\n', '\r\n')],
    ['DER in base64, broken into lines', pemBody(rsa2048.pem).join('\n')],
    ['DER in base64 on one line', pemBody(rsa2048.pem).join('')],
  ])('%s', (_, text) => {
    expect(read(text)).toEqual({ type: 'rsa', publicKey: bare(rsa2048.line), fingerprint: rsa2048.md5 });
  });

  it('ED25519 in RFC 4716 and in DER', () => {
    expect(read(ed25519.rfc4716).fingerprint).toBe(`${ed25519.sha256}=`);
    const { publicKey } = generateKeyPairSync('ed25519');
    const x = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const expected = asLine('ssh-ed25519', Buffer.concat([sshString('ssh-ed25519'), sshString(x)]));
    expect(read(publicKey.export({ type: 'spki', format: 'pem' }).toString()).publicKey).toBe(expected);
  });

  it('a key in a slice of a larger buffer', () => {
    const large = Buffer.from(`junk${rsa1024.line}junk`);
    expect(readPublicKey(new Uint8Array(large.subarray(4, -4))).fingerprint).toBe(rsa1024.md5);
    expect(readPublicKey(large.subarray(4, -4)).fingerprint).toBe(rsa1024.md5);
  });
});

describe('readPublicKey refuses', () => {
  const blob = blobOf(rsa2048.line);
  const rsa = (e: readonly number[], n: Uint8Array) =>
    asLine('ssh-rsa', Buffer.concat([sshString('ssh-rsa'), sshMpint(Uint8Array.from(e)), sshMpint(n)]));
  const upToModulus = blob.subarray(0, 18);
  const modulus = (bytes: number, last: number) => new Uint8Array(bytes).fill(0xc5).fill(last, -1);

  it('nothing of what the cases below start from', () => {
    expect(read(rsa([1, 0, 1], modulus(256, 0xc5))).type).toBe('rsa');
    const sound = Buffer.concat([upToModulus, sshString(Buffer.concat([Buffer.alloc(1), modulus(256, 0xc5)]))]);
    expect(read(asLine('ssh-rsa', sound)).type).toBe('rsa');
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n\n '],
    ['garbage', 'garbage'],
    ['an algorithm alone', 'ssh-rsa'],
    ['DSA', refused.dsa],
    ['ECDSA', refused.ecdsa],
    ['ECDSA in PEM', refused.ecdsaPem],
    ['RSA of 2047 bits', rsa([1, 0, 1], modulus(256, 0xc5).fill(0x45, 0, 1))],
    ['an even modulus', rsa([1, 0, 1], modulus(256, 0xc4))],
    ['an even exponent', rsa([1, 0, 0], modulus(256, 0xc5))],
    ['an exponent of one', rsa([1], modulus(256, 0xc5))],
    ['an exponent of zero', rsa([], modulus(256, 0xc5))],
    ['an exponent as long as the modulus', rsa([...modulus(256, 0xc5)], modulus(256, 0xc5))],
    ['a private key in PKCS#8', rsa1024Private.pkcs8],
    ['a private key of OpenSSH', ed25519.openssh],
    ['options before the key', `no-pty ${rsa2048.line}`],
    ['two keys', `${rsa2048.line}\n${ed25519.line}`],
    ['a line that breaks within the key', rsa2048.line.replace('AAAA', 'AAAA\n')],
    ['base64 without its padding', rsa1024.line.replace('==', '')],
    ['foreign characters in the base64', rsa2048.line.replace('AAAA', 'AA*AA')],
    ['a name that the blob contradicts', rsa2048.line.replace('ssh-rsa', 'ssh-ed25519')],
    ['a blob cut short', asLine('ssh-rsa', blob.subarray(0, -1))],
    ['a blob cut within a length', asLine('ssh-rsa', Buffer.concat([blob, Buffer.alloc(2)]))],
    ['a blob with a field too many', asLine('ssh-rsa', Buffer.concat([blob, sshString('more')]))],
    ['a length beyond the blob', asLine('ssh-rsa', Buffer.from([0xff, 0xff, 0xff, 0xff, 1]))],
    ['a negative modulus', asLine('ssh-rsa', Buffer.concat([upToModulus, sshString(modulus(256, 0xc5))]))],
    [
      'a modulus with a zero too many',
      asLine('ssh-rsa', Buffer.concat([upToModulus, sshString(Buffer.concat([Buffer.alloc(2), modulus(256, 0xc5)]))])),
    ],
    [
      'an ED25519 point of 31 bytes',
      asLine('ssh-ed25519', Buffer.concat([sshString('ssh-ed25519'), sshString(Buffer.alloc(31))])),
    ],
    ['RFC 4716 without its end', rsa2048.rfc4716.replace(/---- END.*\n/, '')],
    ['RFC 4716 with nothing in it', '---- BEGIN SSH2 PUBLIC KEY ----\n---- END SSH2 PUBLIC KEY ----'],
    [
      'RFC 4716 that ends in a continued header',
      '---- BEGIN SSH2 PUBLIC KEY ----\nComment: a\\\n---- END SSH2 PUBLIC KEY ----',
    ],
    ['PEM without its end', rsa2048.pem.replace(/-----END.*\n/, '')],
    ['PEM cut short', rsa2048.pem.replace(pemBody(rsa2048.pem)[2] ?? '?', '')],
    [
      'DER with bytes after it',
      Buffer.concat([Buffer.from(pemBody(rsa2048.pem).join(''), 'base64'), Buffer.alloc(3)]).toString('base64'),
    ],
    ['material without end', `${rsa2048.line} ${'x'.repeat(20_000)}`],
  ])('%s', (_, text) => {
    expect(() => read(text)).toThrow(new KeyFormatError('Key is not in valid OpenSSH public key format'));
  });

  it('RSA-PSS', () => {
    const { publicKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    expect(() => read(publicKey.export({ type: 'spki', format: 'pem' }).toString())).toThrow(KeyFormatError);
  });

  it('whatever bytes it is given with no other error', () => {
    const texts = [rsa1024.line, ed25519.line, rsa2048.rfc4716, rsa2048.pem, pemBody(rsa2048.pem).join('')];
    const damage = fc.record({
      text: fc.constantFrom(...texts),
      at: fc.nat(),
      drop: fc.nat(3),
      put: fc.uint8Array({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(damage, ({ text, at, drop, put }) => {
        const bytes = Buffer.from(text);
        const start = at % bytes.length;
        expectKeyOrRefusal(Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + drop)]));
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (blob) =>
        expectKeyOrRefusal(Buffer.from(asLine('ssh-rsa', blob))),
      ),
    );
  });
});

/** Damage to a comment, or within the numbers, may leave a key; then it must read back as itself. */
function expectKeyOrRefusal(material: Uint8Array): void {
  try {
    const key = readPublicKey(material);
    expect(read(key.publicKey)).toEqual(key);
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
  }
}
