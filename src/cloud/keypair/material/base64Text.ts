import { KeyFormatError } from './keyFormatError.ts';

/** Base64 broken into lines of at most `width` characters. */
export function base64Lines(bytes: Uint8Array, width: number): readonly string[] {
  const text = Buffer.from(bytes).toString('base64');
  const count = Math.ceil(text.length / width);
  return Array.from({ length: count }, (_, line) => text.slice(line * width, (line + 1) * width));
}

/**
 * The bytes of base64 text on one line. Node skips what is not base64; here anything but the canonical form is refused.
 * @throws KeyFormatError for text that is empty, has foreign characters, or lacks its padding
 */
export function strictBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== text) throw new KeyFormatError();
  return bytes;
}
