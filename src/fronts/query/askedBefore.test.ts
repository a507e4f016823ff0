import { expect, it } from 'vitest';
import { AskedBefore } from './askedBefore.ts';

it('tells a question that was asked from one that was not', () => {
  const asked = new AskedBefore();
  expect(asked.ask('one')).toBe(false);
  expect(asked.ask('two')).toBe(false);
  expect(asked.ask('one')).toBe(true);
  expect(asked.ask('two')).toBe(true);
});

it('forgets, after many others', () => {
  const asked = new AskedBefore();
  asked.ask('first');
  for (let i = 0; i < 500_000; i++) asked.ask(`other-${i}`);
  expect(asked.ask('first')).toBe(false);
});
