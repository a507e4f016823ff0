import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from './system.ts';

describe('the system clock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
  afterEach(() => void vi.useRealTimers());

  it('tells the time of the computer', () => {
    expect(createSystemClock().now()).toBe(1_000);
  });

  it('calls back at the time asked for, once', () => {
    const called = vi.fn();
    createSystemClock().at(1_500, called);
    vi.advanceTimersByTime(499);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5_000);
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('calls back soon for a time that is over', () => {
    const called = vi.fn();
    createSystemClock().at(0, called);
    vi.advanceTimersByTime(1);
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('holds timers longer than Node can, and cancels them', () => {
    const called = vi.fn();
    const cancelled = vi.fn();
    const clock = createSystemClock();
    clock.at(1_000 + 2 ** 32, called);
    const timer = clock.at(1_000 + 2 ** 32, cancelled);
    vi.advanceTimersByTime(2 ** 31);
    expect(called).not.toHaveBeenCalled();
    timer.cancel();
    vi.advanceTimersByTime(2 ** 31);
    expect(called).toHaveBeenCalledTimes(1);
    expect(cancelled).not.toHaveBeenCalled();
  });
});
