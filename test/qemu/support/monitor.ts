import { createConnection, type Socket } from 'node:net';
import type { CommandName, Given, Returned } from '../../../src/drivers/qemu/qmp/commands.ts';
import { type Qmp, QmpError, type QmpEvent } from '../../../src/drivers/qemu/qmp/qmp.ts';

type Line = {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly event?: string;
  readonly data?: Record<string, unknown>;
};

/** Runs commands of a monitor by any name: also those that only tests give. */
export const anyCommand = ({ execute }: Qmp) => execute as (command: string, args?: object) => Promise<unknown>;

/** A monitor for tests: as much of QMP as they need, without time-outs. */
export async function openMonitor(path: string): Promise<Qmp> {
  const socket = await connected(path);
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const listeners = new Set<(event: QmpEvent) => void>();
  let [number, text] = [0, ''];
  const take = (line: Line): void => {
    if (line.event !== undefined)
      for (const listener of listeners) listener({ event: line.event, data: line.data ?? {}, at: 0 } as QmpEvent);
    const asked = line.id === undefined ? undefined : waiting.get(line.id);
    if (asked === undefined) return;
    waiting.delete(line.id!);
    if (line.error === undefined) asked.resolve(line.return);
    else asked.reject(new QmpError(line.error.class, line.error.desc));
  };
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop()!;
    for (const line of lines) if (line.trim() !== '') take(JSON.parse(line));
  });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('QEMU went away'));
    waiting.clear();
  });
  const execute = <Name extends CommandName>(command: Name, ...[args]: Given<Name>): Promise<Returned<Name>> =>
    new Promise((resolve, reject) => {
      const id = ++number;
      waiting.set(id, { resolve: (value) => resolve(value as Returned<Name>), reject });
      socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  await execute('qmp_capabilities');
  return {
    execute,
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    once: () => Promise.reject(new Error('not for tests')),
    ended,
    close: () => socket.destroy(),
  };
}

/** QEMU needs a moment to make its socket. */
async function connected(path: string): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    const socket = createConnection(path);
    const opened = await new Promise<Error | undefined>((resolve) => {
      socket.once('connect', () => resolve(undefined));
      socket.once('error', resolve);
    });
    socket.on('error', () => socket.destroy());
    if (opened === undefined) return socket;
    if (tries === 300) throw opened;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
