import { createPublicKey, type KeyObject } from 'node:crypto';
import { strictBase64 } from './base64Text.ts';
import { KeyFormatError } from './keyFormatError.ts';
import { openSshLine, publicKeyOfBlob } from './publicBlob.ts';

/**
 * The public key in a text of any of the forms that ImportKeyPair takes: a public key line of OpenSSH, a file after
 * RFC 4716, a DER SubjectPublicKeyInfo in base64, with or without its PEM lines.
 * @throws KeyFormatError for everything else: options before the key, several keys, private keys, garbage
 */
export function publicKeyOfText(text: string): KeyObject {
  const lines = text
    .trim()
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim());
  const [first = ''] = lines;
  if (first === '---- BEGIN SSH2 PUBLIC KEY ----') return rfc4716(lines);
  if (first === '-----BEGIN PUBLIC KEY-----') return pem(lines);
  if (first.startsWith('ssh-')) return openSsh(lines);
  return subjectPublicKeyInfo(strictBase64(lines.join('')));
}

/** One line: algorithm, base64, and a comment that may have spaces. What stands before and within the base64 must agree. */
function openSsh(lines: readonly string[]): KeyObject {
  const [algorithm = '', base64 = ''] = (lines[0] ?? '').split(/[ \t]+/);
  if (lines.length !== 1) throw new KeyFormatError();
  const key = publicKeyOfBlob(strictBase64(base64));
  if (openSshLine(key) !== `${algorithm} ${base64}`) throw new KeyFormatError();
  return key;
}

/** Headers (`Comment: …`, continued where a line ends in a backslash), then base64, between the two marker lines. */
function rfc4716(lines: readonly string[]): KeyObject {
  if (lines.at(-1) !== '---- END SSH2 PUBLIC KEY ----') throw new KeyFormatError();
  const inner = lines.slice(1, -1);
  let at = 0;
  while (inner[at]?.includes(':')) {
    while (inner[at]?.endsWith('\\')) at += 1;
    at += 1;
  }
  return publicKeyOfBlob(strictBase64(inner.slice(at).join('')));
}

function pem(lines: readonly string[]): KeyObject {
  if (lines.at(-1) !== '-----END PUBLIC KEY-----') throw new KeyFormatError();
  return subjectPublicKeyInfo(strictBase64(lines.slice(1, -1).join('')));
}

/** OpenSSL overlooks bytes after the key; what it read must therefore be all that was there. */
function subjectPublicKeyInfo(der: Buffer): KeyObject {
  const key = parse(der);
  if (!key.export({ type: 'spki', format: 'der' }).equals(der)) throw new KeyFormatError();
  return key;
}

function parse(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    throw new KeyFormatError(); // why OpenSSL stumbled is of no use to the client, and EC2 does not tell either
  }
}
