import { expect, it } from 'vitest';
import { StoreError, type StoreTrouble } from '../../ports/store.ts';
import { exits, storeProblem } from './problem.ts';

it('every trouble of a store has an exit code of its own, and keeps its line', () => {
  const troubles: readonly StoreTrouble[] = ['full', 'locked', 'corrupt', 'unreadable', 'unreachable', 'too-new'];
  const codes = troubles.map((trouble) => storeProblem(new StoreError(trouble, 'the line')).exit);
  expect(codes).toEqual([7, 6, 5, 4, 8, 9]);
  expect(new Set(Object.values(exits)).size).toBe(Object.keys(exits).length);
  expect(storeProblem(new StoreError('full', 'the line')).message).toBe('the line');
});
