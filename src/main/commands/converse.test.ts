import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { converse } from './converse.ts';

let folder: string;
let server: Server;
/** The machine's side, and ours. */
let machine: Socket;
let socket: Socket;
let heard: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-converse-'));
  server = createServer().listen(join(folder, 'sock'));
  await once(server, 'listening');
  socket = connect(join(folder, 'sock'));
  [machine] = (await once(server, 'connection')) as [Socket];
  heard = '';
  machine
    .on('error', () => machine.destroy())
    .on('data', (chunk) => {
      heard += chunk;
    });
});
afterEach(async () => {
  machine.destroy();
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function person(isTTY: boolean) {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: (raw: boolean) => modes.push(raw) });
  return { modes, stdin, stdout: new PassThrough() };
}
const hears = (text: string) => vi.waitFor(() => expect(heard).toBe(text));

describe('a conversation', () => {
  it('at a terminal carries keys as they are typed, and ends with Ctrl-]', async () => {
    const { modes, ...ends } = person(true);
    const { ended } = converse(socket, ends);
    expect(modes).toEqual([true]);
    ends.stdin.write('ls\x03\x04');
    await hears('ls\x03\x04');
    machine.write('a b\n');
    expect(String((await once(ends.stdout, 'data'))[0])).toBe('a b\n');
    ends.stdin.write('x\x1dy');
    expect(await ended).toBe('left');
    await once(machine, 'close');
    expect([heard, modes]).toEqual(['ls\x03\x04x', [true, false]]);
  });

  it('from a program passes everything, and outlasts its input', async () => {
    const { modes, ...ends } = person(false);
    const { ended } = converse(socket, ends);
    ends.stdin.end('a\x1db');
    await hears('a\x1db');
    machine.end('the end');
    expect(await ended).toBe('gone');
    expect([String(ends.stdout.read()), modes]).toEqual(['the end', []]);
  });

  it.each(['error', 'end'])('ends when the terminal is gone (%s)', async (how) => {
    const { modes, ...ends } = person(true);
    const { ended } = converse(socket, ends);
    ends.stdin.emit(how, new Error('EIO'));
    expect([await ended, modes]).toEqual(['left', [true, false]]);
  });

  it('ends when nobody reads, and with what it is told', async () => {
    const deaf = person(false);
    const first = converse(socket, deaf);
    deaf.stdout.emit('error', new Error('EPIPE'));
    expect(await first.ended).toBe('left');
    const { modes, ...ends } = person(true);
    const second = converse(socket, ends);
    second.end('SIGTERM');
    expect([await second.ended, modes]).toEqual(['SIGTERM', [true, false]]);
  });

  it('lets the machine wait while nobody takes what it says', async () => {
    const { stdin } = person(false);
    let room = false;
    const stdout = Object.assign(new EventEmitter(), { write: () => room }) as unknown as PassThrough;
    converse(socket, { stdin, stdout });
    machine.write('much');
    await vi.waitFor(() => expect(socket.isPaused()).toBe(true));
    room = true;
    stdout.emit('drain');
    expect(socket.isPaused()).toBe(false);
  });
});
