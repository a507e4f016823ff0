import { describe, expect, it } from 'vitest';
import { createVirtualClock } from './virtual.ts';

const day = 24 * 60 * 60 * 1000;

describe('a virtual clock', () => {
  it('moves only when told', async () => {
    const clock = createVirtualClock({ start: 500 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(clock.now()).toBe(500);
    await clock.advance(day);
    expect(clock.now()).toBe(500 + day);
  });

  it('calls timers in the order of their time, each at its own time', async () => {
    const clock = createVirtualClock({ start: 0 });
    const seen: (readonly [string, number])[] = [];
    clock.at(20, () => seen.push(['late', clock.now()]));
    clock.at(10, () => seen.push(['early', clock.now()]));
    clock.at(10, () => seen.push(['early too', clock.now()]));
    clock.at(31, () => seen.push(['not yet', clock.now()]));
    clock.at(15, () => seen.push(['cancelled', clock.now()])).cancel();
    await clock.advance(30);
    expect(seen).toEqual([
      ['early', 10],
      ['early too', 10],
      ['late', 20],
    ]);
  });

  it('calls timers that were set on the way, also after a wait', async () => {
    const clock = createVirtualClock({ start: 0 });
    const seen: number[] = [];
    clock.at(10, async () => {
      await Promise.resolve();
      clock.at(clock.now() + 10, () => seen.push(clock.now()));
    });
    await clock.advance(25);
    expect(seen).toEqual([20]);
    expect(clock.now()).toBe(25);
  });

  it('jumps to the next timer when nothing else is to be done', async () => {
    const clock = createVirtualClock({ start: 0, jump: true });
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      clock.at(2 * day, () => {
        seen.push(clock.now());
        resolve();
      });
      clock.at(day, () => seen.push(clock.now()));
    });
    expect(seen).toEqual([day, 2 * day]);
  });

  it('does not jump while the loop is busy', async () => {
    const clock = createVirtualClock({ start: 0, jump: true });
    clock.at(day, () => undefined);
    const until = Date.now() + 40;
    while (Date.now() < until) {
      const turn = Date.now() + 5;
      while (Date.now() < turn);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(clock.now()).toBe(0);
  });

  it('stands still without timers', async () => {
    const clock = createVirtualClock({ start: 7, jump: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(clock.now()).toBe(7);
  });
});
