import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseForm } from './form.ts';

const refused = (form: string | Buffer) =>
  expect(() => parseForm(form)).toThrow(expect.objectContaining({ code: 'MalformedQueryString', status: 400 }));

describe('parseForm', () => {
  it('keeps order, decodes escapes and plus signs, takes a missing value as empty', () => {
    expect(parseForm('b=1&a=%2Fx+y%C3%A9&c&d=&e=1=2')).toEqual([
      ['b', '1'],
      ['a', '/x yé'],
      ['c', ''],
      ['d', ''],
      ['e', '1=2'],
    ]);
    expect(parseForm('')).toEqual([]);
    expect(parseForm('&a=1&&')).toEqual([['a', '1']]);
  });

  it('refuses what is not a form', () => {
    refused('a=%');
    refused('a=%4');
    refused('a=%zz');
    refused('a=%ff');
    refused('a=%ed%a0%80'); // half a surrogate pair
    refused('a=%c0%80'); // an overlong zero
    refused('=1');
    refused(Buffer.from([0x61, 0x3d, 0xff]));
  });

  it('holds its limits', () => {
    expect(parseForm('a=1&'.repeat(10_000))).toHaveLength(10_000);
    refused('a=1&'.repeat(10_001));
    refused(`${'x'.repeat(1_025)}=1`);
    expect(() => parseForm('a=1&b=2', { parameters: 1, nameLength: 1 })).toThrow('more than 1 parameters');
  });

  it('reads back what URLSearchParams writes', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
        expect(parseForm(Buffer.from(new URLSearchParams(pairs).toString()))).toEqual(pairs);
      }),
    );
  });

  it('never throws anything but a WireError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseForm(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'MalformedQueryString' });
        }
      }),
    );
  });
});
