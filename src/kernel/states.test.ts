import { expect, it } from 'vitest';
import { states } from './states.ts';

const door = states(
  { open: { shut: 'closed' }, closed: { open: 'open', lock: 'locked' }, locked: {} },
  { transient: ['open'], refuse: 'IncorrectState' },
);

it('an event leads to the state of the table, or nowhere', () => {
  expect([door.next('open', 'shut'), door.next('closed', 'lock')]).toEqual(['closed', 'locked']);
  expect([door.next('open', 'lock'), door.next('locked', 'open')]).toEqual([undefined, undefined]);
  expect([door.transient, door.refuse]).toEqual([['open'], 'IncorrectState']);
});

it('a state that a row has and the table lacks knows no event', () => {
  expect(door.next('ajar' as 'open', 'shut')).toBeUndefined();
});

it('an event must lead to a state', () => {
  expect(() => states({ open: { shut: 'closed' } }, { transient: [], refuse: 'IncorrectState' })).toThrow(
    'state open: event shut leads to closed, which is not a state',
  );
});
