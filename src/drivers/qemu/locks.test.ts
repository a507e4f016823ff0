import { expect, it } from 'vitest';
import { Locks } from './locks.ts';

const gate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};

it('one after another, also after one that failed', async () => {
  const locks = new Locks();
  const { opened, open } = gate();
  const order: string[] = [];
  const first = locks.inTurn('vol-1', async () => {
    await opened;
    order.push('first');
    throw new Error('broken');
  });
  const second = locks.inTurn('vol-1', async () => order.push('second'));
  const other = locks.inTurn('vol-2', async () => order.push('other'));
  await other;
  open();
  await expect(first).rejects.toThrow('broken');
  await second;
  expect(order).toEqual(['other', 'first', 'second']);
});

it('what somebody has is not waited for, and nothing is held meanwhile', async () => {
  const locks = new Locks();
  const { opened, open } = gate();
  const holding = locks.inTurn('vol-2', () => opened);
  const both = ['vol-1', 'vol-2', 'vol-1'];
  expect(await locks.ifFree(both, async () => 'done')).toBe('busy');
  expect(await locks.ifFree(['vol-1'], async () => 'done')).toBe('done');
  open();
  await holding;
  const inside = locks.ifFree(both, async () => locks.ifFree(['vol-2'], async () => 'done'));
  expect(await inside).toBe('busy');
  expect(await locks.ifFree(both, async () => 'done')).toBe('done');
});
