import { expect, it } from 'vitest';
import { createSeats, type Leave } from './seats.ts';

it('a console has so many places, and the server has', () => {
  const seats = createSeats({ each: { serial: 1, screen: 2 }, all: 3 });
  const serial = seats.take('i-1', 'serial') as Leave;
  expect(seats.take('i-1', 'serial')).toBe('taken');
  expect([typeof seats.take('i-1', 'screen'), typeof seats.take('i-2', 'serial')]).toEqual(['function', 'function']);
  expect(seats.take('i-3', 'serial')).toBe('full');
  serial();
  serial();
  expect(typeof seats.take('i-1', 'serial'), 'left twice, and free once').toBe('function');
  expect(seats.take('i-3', 'serial')).toBe('full');
});
