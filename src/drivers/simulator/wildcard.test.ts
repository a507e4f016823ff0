import { expect, it } from 'vitest';
import { matches } from './wildcard.ts';

it.each([
  ['t3.*', 't3.micro', true],
  ['t3.*', 't3a.micro', false],
  ['us-east-1?', 'us-east-1a', true],
  ['us-east-1?', 'us-east-1', false],
  ['t3.micro', 't3xmicro', false],
  ['*.metal*', 'm5.metal', true],
  ['*', '', true],
  [undefined, 'anything', true],
  [undefined, undefined, true],
  ['*', undefined, false],
])('%s matches %s: %s', (pattern, text, expected) => expect(matches(pattern, text)).toBe(expected));
