import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hmacWith } from './hmac.ts';

it('is what createHmac makes, of any key and text, one after another', () => {
  const text = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 600 }));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(text, { minLength: 1, maxLength: 5 }), (key, texts) => {
      const hmac = hmacWith(key);
      for (const each of texts) expect(hmac(each)).toBe(createHmac('sha256', key).update(each).digest('hex'));
    }),
  );
});

it('takes texts around the room that there is for short ones', () => {
  const key = Buffer.from('key');
  const hmac = hmacWith(key);
  for (const length of [0, 149, 150, 447, 448, 449, 10_000]) {
    for (const unit of ['a', 'é', '€', '\ud800']) {
      const text = unit.repeat(length);
      expect(hmac(text)).toBe(createHmac('sha256', key).update(text).digest('hex'));
    }
  }
});
