import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

const compress = promisify(deflate);

/** A picture as QEMU writes it: rows of red, green and blue, a byte each. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Makes a PNG of a PPM (the binary kind, `P6`, with a byte a colour). Throws where it is none, or has not come whole. */
export async function pngOf(ppm: Uint8Array): Promise<Uint8Array> {
  const { width, height, pixels } = readPpm(ppm);
  const stride = width * 3;
  // Each row begins with its filter: 0, none. Text on one background, which is what screens mostly show, compresses well as it is.
  const rows = Buffer.alloc(height * (stride + 1));
  for (let row = 0; row < height; row++)
    rows.set(pixels.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a colour, and the colours are red, green and blue. What follows is 0: there is one way to pack it.
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', await compress(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function readPpm(ppm: Uint8Array): Picture {
  const head = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(Buffer.from(ppm.subarray(0, 64)).toString('latin1'));
  if (head === null) throw new Error('the picture is no PPM');
  const [width, height] = [Number(head[1]), Number(head[2])];
  const pixels = ppm.subarray(head[0].length);
  if (width === 0 || height === 0 || pixels.length !== width * height * 3)
    throw new Error(`the picture of ${width} by ${height} has ${pixels.length} bytes`);
  return { width, height, pixels };
}

/** A part of a PNG: length, name, data, and the checksum of name and data. */
function chunk(name: string, data: Uint8Array): Buffer {
  const framed = Buffer.alloc(12 + data.length);
  framed.writeUInt32BE(data.length, 0);
  framed.write(name, 4, 'latin1');
  framed.set(data, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, 8 + data.length)), 8 + data.length);
  return framed;
}
