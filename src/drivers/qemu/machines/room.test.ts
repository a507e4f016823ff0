import { describe, expect, it } from 'vitest';
import { readSettings } from '../settings.ts';
import { Computer } from './computer.ts';
import { hardwareHere, noRoom, roomFor, type Taking } from './room.ts';

/** t2.nano has 1 vCPU and 512 MiB, t3.micro 2 and 1,024; QEMU itself takes 160 MiB of each. */
const of = (instanceType: string, zone = 'local-1a'): Taking => ({ zone, instanceType });
const times = (count: number, one: Taking): readonly Taking[] => Array<Taking>(count).fill(one);
const settings = (zones: object, host: object = { memoryMiB: 100_000, vcpus: 1_000 }) =>
  readSettings('local-1', { zones: { 'local-1a': zones, 'local-1b': {} }, host });

describe('room for machines', () => {
  it('is what a zone’s limits leave: of machines, vCPUs and memory, the least', () => {
    expect(roomFor(of('t2.nano'), [], settings({ machines: 3 }))).toBe(3);
    expect(roomFor(of('t2.nano'), times(2, of('t2.nano')), settings({ machines: 3 }))).toBe(1);
    expect(roomFor(of('t3.micro'), [], settings({ vcpus: 5 }))).toBe(2);
    expect(roomFor(of('t3.micro'), times(2, of('t2.nano')), settings({ vcpus: 5 }))).toBe(1);
    expect(roomFor(of('t2.nano'), times(9, of('t2.nano', 'local-1b')), settings({ machines: 1, vcpus: 1 }))).toBe(1);
    expect(roomFor(of('t2.nano'), [], settings({ machines: 0 }))).toBe(0);
    expect(roomFor(of('t2.nano'), [], settings({ machines: 9, vcpus: 9, memoryMiB: 671 }))).toBe(0);
  });

  it('counts what QEMU itself takes: memory is never given out twice', () => {
    const two = settings({ memoryMiB: 2 * (512 + 160) });
    expect(roomFor(of('t2.nano'), [], two)).toBe(2);
    expect(roomFor(of('t2.nano'), times(1, of('t2.nano')), two)).toBe(1);
    expect(roomFor(of('t2.nano'), times(2, of('t2.nano')), two)).toBe(0);
    expect(roomFor(of('t3.micro'), [], two)).toBe(1);
    expect(roomFor(of('t3.micro'), times(1, of('t2.nano')), two)).toBe(0);
  });

  it('is what the host leaves all zones together, whatever theirs is', () => {
    const host = settings({}, { memoryMiB: 3 * (512 + 160), vcpus: 100 });
    expect(roomFor(of('t2.nano'), times(2, of('t2.nano', 'local-1b')), host)).toBe(1);
    expect(roomFor(of('t2.nano'), times(3, of('t2.nano', 'local-1b')), host)).toBe(0);
    expect(roomFor(of('t2.nano'), [], settings({}, { memoryMiB: 100_000, vcpus: 4 }))).toBe(4);
  });

  it('is none where more is taken than there is, and in a zone that is not there', () => {
    expect(roomFor(of('t2.nano'), times(9, of('t2.nano')), settings({ machines: 3 }))).toBe(0);
    expect(roomFor(of('t2.nano', 'local-1c'), [], settings({}))).toBe(0);
    expect(noRoom(of('t2.nano', 'local-1c'))).toMatchObject({ trouble: 'no-capacity' });
  });

  it('is for machines of this kind of computer alone', () => {
    expect(hardwareHere('t2.nano')).toMatchObject({ vcpus: 1, memoryMiB: 512 });
    for (const type of ['t4g.nano', 'z9.none'])
      expect(() => hardwareHere(type)).toThrow(expect.objectContaining({ trouble: 'unsupported' }));
  });
});

describe('a computer', () => {
  it('is shared by all regions: what one of them takes, none has', async () => {
    const computer = new Computer();
    const taking = new Map([
      ['i-1', of('t2.nano')],
      ['i-2', of('t3.micro')],
    ]);
    const without = (except?: string) => [...taking].filter(([id]) => id !== except).map(([, one]) => one);
    computer.join(async (except) => without(except));
    const leave = computer.join(async () => times(2, of('t2.nano', 'local-2a')));
    const host = settings({}, { vcpus: 5, memoryMiB: 100_000 });
    expect(roomFor(of('t2.nano'), await computer.taken(), host)).toBe(0);
    expect(roomFor(of('t2.nano'), await computer.taken('i-2'), host)).toBe(2);
    leave();
    expect(roomFor(of('t2.nano'), await computer.taken(), host)).toBe(2);
  });

  it('lets machines in one after another, whatever their region is', async () => {
    const computer = new Computer();
    const taking: Taking[] = [];
    for (const zone of ['local-1a', 'local-2a']) computer.join(async () => taking.filter((one) => one.zone === zone));
    const enter = (zone: string) =>
      computer.inTurn(async () => {
        const { length } = await computer.taken();
        if (length < 3) taking.push(of('t2.nano', zone));
        return length;
      });
    const all = await Promise.all(['local-1a', 'local-2a', 'local-1a', 'local-2a', 'local-2a'].map(enter));
    expect([all, taking.length]).toEqual([[0, 1, 2, 3, 3], 3]);
  });
});
