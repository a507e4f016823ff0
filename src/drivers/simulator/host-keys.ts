import { createHash } from 'node:crypto';

/** Host keys that nobody has the private half of: always the same for a machine, well formed, and not to be trusted. */
interface HostKey {
  readonly type: string;
  readonly label: string;
  readonly bits: number;
  readonly blob: Buffer;
}

/** What cloud-init writes of a machine's host keys at its first boot. `DATE` stands for the time in syslog's form. */
export function hostKeyLines(id: string, host: string): readonly string[] {
  const keys = hostKeys(id);
  const prints = keys.map(({ bits, blob, label }) => `${bits} ${sha256Print(blob)} root@${host} (${label})`);
  const frame = '#############################################################';
  return [
    ...[frame, '-----BEGIN SSH HOST KEY FINGERPRINTS-----', ...prints].map(syslog),
    ...['-----END SSH HOST KEY FINGERPRINTS-----', frame].map(syslog),
    '-----BEGIN SSH HOST KEY KEYS-----',
    ...keys.map(({ type, blob }) => `${type} ${blob.toString('base64')} root@${host}`),
    '-----END SSH HOST KEY KEYS-----',
  ];
}

const syslog = (text: string): string => `<14>DATE cloud-init: ${text}`;

/** The fingerprint of a public key in the form of `authorized_keys`; undefined when it is not one. */
export function keyFingerprint(publicKey: string) {
  const [type, blob, comment] = publicKey.trim().split(/\s+/);
  if (type === undefined || blob === undefined) return undefined;
  return { type, fingerprint: sha256Print(Buffer.from(blob, 'base64')), comment };
}

const sha256Print = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

function hostKeys(id: string): readonly HostKey[] {
  const point = Buffer.concat([Buffer.of(4), bytesOf(`${id} ecdsa`, 64)]);
  const modulus = bytesOf(`${id} rsa`, 384);
  modulus[0]! |= 0x80;
  modulus[383]! |= 1;
  return [
    key('ecdsa-sha2-nistp256', 'ECDSA', 256, Buffer.from('nistp256'), point),
    key('ssh-ed25519', 'ED25519', 256, bytesOf(`${id} ed25519`, 32)),
    key('ssh-rsa', 'RSA', 3072, Buffer.of(1, 0, 1), Buffer.concat([Buffer.of(0), modulus])),
  ];
}

/** A public key on the wire (RFC 4253, section 6.6): strings, each with its length before it. */
function key(type: string, label: string, bits: number, ...parts: readonly Buffer[]): HostKey {
  const strings = [Buffer.from(type), ...parts].map((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return Buffer.concat([length, part]);
  });
  return { type, label, bits, blob: Buffer.concat(strings) };
}

/** As many bytes as asked for, always the same for a seed. */
function bytesOf(seed: string, count: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(count / 32) }, (_, at) =>
    createHash('sha256').update(`${seed} ${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, count);
}
