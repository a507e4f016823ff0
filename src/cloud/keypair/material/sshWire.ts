import { KeyFormatError } from './keyFormatError.ts';

/** A 32-bit length or number, big endian (RFC 4251, section 5). */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** An SSH `string`: its length, then its bytes (RFC 4251, section 5). Text is written as UTF-8. */
export function sshString(value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** An SSH `mpint` of a positive number given big endian: shortest form, a zero byte first where the sign bit is set. */
export function sshMpint(magnitude: Uint8Array): Buffer {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const bytes = start < 0 ? new Uint8Array() : magnitude.subarray(start);
  return sshString((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}

/**
 * Takes an SSH blob apart into its `string` fields, all of them, to the last byte.
 * Lengths are checked before anything is read, so a hostile length costs nothing.
 * @throws KeyFormatError where the blob is cut short or leaves bytes over
 */
export function sshFields(blob: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const fields: Uint8Array[] = [];
  for (let at = 0; at < blob.length; ) {
    if (blob.length - at < 4) throw new KeyFormatError();
    const end = at + 4 + view.getUint32(at);
    if (end > blob.length) throw new KeyFormatError();
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/**
 * The magnitude, big endian, of the positive number in an `mpint` field.
 * @throws KeyFormatError where the number is zero, negative or not in its shortest form
 */
export function positiveMpint(field: Uint8Array): Uint8Array {
  const [first, second] = field;
  if (first === undefined || first >= 0x80) throw new KeyFormatError();
  if (first !== 0) return field;
  if (second === undefined || second < 0x80) throw new KeyFormatError();
  return field.subarray(1);
}
