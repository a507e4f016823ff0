import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyFormatError } from './keyFormatError.ts';
import { positiveMpint, sshFields, sshMpint, sshString } from './sshWire.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Buffer.from(text, 'hex');

describe('the SSH wire', () => {
  it.each([
    ['', '00000000'],
    ['00', '00000000'],
    ['09a378f9b2e332a7', '0000000809a378f9b2e332a7'],
    ['80', '000000020080'],
    ['000080', '000000020080'],
    ['7f', '000000017f'],
  ])('writes the number %s as RFC 4251 shows it', (number, wire) => {
    expect(hex(sshMpint(bytes(number)))).toBe(wire);
  });

  it.each(['', '80', '00', '007f', '000080'])('refuses %s as a positive number in its shortest form', (field) => {
    expect(() => positiveMpint(bytes(field))).toThrow(KeyFormatError);
  });

  it('reads back the fields and numbers it wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (fields) => {
        expect(sshFields(Buffer.concat(fields.map(sshString))).map(hex)).toEqual(fields.map(hex));
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 200n }), (number) => {
        const [field] = sshFields(sshMpint(bytes(number.toString(16).padStart(60, '0'))));
        expect(BigInt(`0x${hex(positiveMpint(field ?? bytes('')))}`)).toBe(number);
      }),
    );
  });
});
