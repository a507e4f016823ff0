import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import type { SecretBox } from '../ports/secrets.ts';

/** The server's key: 32 bytes in a file that only its user can read; made at first use. */
export function keyFile(path: string): Buffer {
  const fresh = `${path}.${process.pid}`;
  try {
    return read(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  writeFileSync(fresh, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  chmodSync(fresh, 0o600);
  try {
    // A link fails when another process made the file meanwhile: then that one counts.
    linkSync(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(fresh);
  }
  return read(path);
}

function read(path: string): Buffer {
  const text = readFileSync(path, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`${path} is not a key file: it should hold 64 hexadecimal digits`);
  return Buffer.from(text, 'hex');
}

/** A key for one purpose, derived from the server's. */
export const derived = (key: Buffer, purpose: string): Buffer => createHmac('sha256', key).update(purpose).digest();

const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM with a key derived from the server's. */
export function secretBox(key: Buffer): SecretBox {
  const sealing = derived(key, 'secrets at rest');
  return {
    seal: (text) => {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', sealing, iv);
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, ivBytes));
      decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      return decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
