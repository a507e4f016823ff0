/** Distinguished encoding of ASN.1 (ITU-T X.690), as far as certificates and signed messages need it. */

/** One value: its tag, the length of its content, its content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content);
export const set = (...content: readonly Uint8Array[]): Buffer => der(0x31, ...content);
export const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
/** Whole bytes: no unused bit at the end. */
export const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.from([0]), bytes);
export const nothing = (): Buffer => der(0x05);
export const text = (value: string): Buffer => der(0x0c, Buffer.from(value, 'utf8'));
/** `[number]`, constructed around what is in it. */
export const tagged = (number: number, ...content: readonly Uint8Array[]): Buffer => der(0xa0 | number, ...content);

/** A positive integer of these bytes, the highest first. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Buffer.from([0]) : bytes.subarray(first);
  return der(0x02, ...(short[0]! & 0x80 ? [Buffer.from([0])] : []), short);
}

/** An object identifier such as `1.2.840.113549.1.7.2`. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(septets)]));
}

/** Seven bits a byte, the highest first; all but the last have the top bit. */
function septets(arc: number): readonly number[] {
  const low = arc & 0x7f;
  const high: number[] = [];
  for (let left = arc >>> 7; left > 0; left >>>= 7) high.unshift((left & 0x7f) | 0x80);
  return [...high, low];
}

/** Universal time with a year of four digits (GeneralizedTime). */
export const time = (at: Date): Buffer => der(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]|\.\d+/g, '')}`));

/** A time of a certificate: until the year 2049 in the short form (RFC 5280, section 4.1.2.5). */
export const certificateTime = (at: Date): Buffer =>
  at.getUTCFullYear() < 2050
    ? der(
        0x17,
        Buffer.from(
          at
            .toISOString()
            .replace(/[-:T]|\.\d+/g, '')
            .slice(2),
        ),
      )
    : time(at);
