import { createHash, hash } from 'node:crypto';

/** Bytes that SHA-256 works on at once. */
const BLOCK = 64;
/** Bytes of a hash. */
const HASH = 32;
/** Texts of up to so many bytes find room behind the key; what a signature of version 4 is made of is shorter. */
const ROOM = 448;

/** Makes HMAC-SHA-256 of texts (their UTF-8), in hexadecimal, with one key. */
export type Hmac = (text: string) => string;

/**
 * HMAC-SHA-256 (RFC 2104) with one key, as two of Node's one-shot hashes. `createHmac` makes an object of OpenSSL's for each text,
 * which takes twice as long and has to be collected; one is needed for every request.
 */
export function hmacWith(key: Uint8Array): Hmac {
  const short = key.length > BLOCK ? createHash('sha256').update(key).digest() : key;
  const inner = Buffer.alloc(BLOCK + ROOM, 0x36);
  const outer = Buffer.alloc(BLOCK + HASH, 0x5c);
  for (const [at, byte] of short.entries()) {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  return (text) => {
    // A character is at most three bytes of UTF-8.
    const fits = text.length * 3 <= ROOM || Buffer.byteLength(text) <= ROOM;
    const whole = fits
      ? inner.subarray(0, BLOCK + inner.write(text, BLOCK))
      : Buffer.concat([inner.subarray(0, BLOCK), Buffer.from(text)]);
    outer.write(hash('sha256', whole, 'binary'), BLOCK, 'latin1');
    return hash('sha256', outer, 'hex');
  };
}
