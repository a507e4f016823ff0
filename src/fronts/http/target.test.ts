import { expect, it } from 'vitest';
import { readTarget } from './target.ts';

it.each([
  ['/', '/', '', undefined],
  ['/a?b=c?d', '/a', 'b=c?d', undefined],
  ['?x', '/', 'x', undefined],
  ['http://h:1/a?b', '/a', 'b', 'h:1'],
  ['HTTPS://h?b', '/', 'b', 'h'],
  ['*', '*', '', undefined],
  ['ftp://h/a', 'ftp://h/a', '', undefined],
])('reads %s', (target, path, query, host) => {
  expect(readTarget(target)).toEqual({ path, query, host });
});
