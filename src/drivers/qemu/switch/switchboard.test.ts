import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../../../test/support/log.ts';
import { systemRandom } from '../../../main/random.ts';
import { datagram, networkOf, openRules, port, textOf } from './core/fabric.fixture.ts';
import { defaultLimits } from './core/limits.ts';
import { createSwitchboard, type Switchboard } from './switchboard.ts';
import { createCutter } from './wires/frames.ts';

const clock = {
  now: () => Date.now(),
  at: (at: number, callback: () => void) => {
    const timer = setTimeout(callback, at - Date.now());
    return { cancel: () => clearTimeout(timer) };
  },
};
const [A, B, C] = ['10.0.0.10', '10.0.0.11', '10.0.1.12'] as const;

let folder: string;
let board: Switchboard;
const servers: Server[] = [];

/** A QEMU without a guest: what it got, and how it sends. */
async function nic(eni: string) {
  const server = createServer();
  servers.push(server);
  server.listen(join(folder, eni));
  const [socket] = (await once(server, 'connection')) as [Socket];
  const got: string[] = [];
  const cut = createCutter(9_100, (buffer, start, end) => void got.push(textOf(buffer.subarray(start, end))));
  socket.on('data', (chunk) => void cut(chunk));
  const say = (...frames: readonly Buffer[]): void => {
    for (const frame of frames) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(frame.length);
      socket.write(Buffer.concat([length, frame]));
    }
  };
  return { socket, server, got, say };
}

const ports = () => [A, B, C].map((ip) => port(ip, { wire: join(folder, `eni-${ip.split('.')[3]}`) }));
const allUp = () => vi.waitFor(() => expect([...board.ports().values()].every(({ up }) => up)).toBe(true));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switch-'));
  board = createSwitchboard({
    ...{ clock, limits: defaultLimits, log: silentLog, random: systemRandom(), servers: [], refuses: () => true },
  });
  void board.apply(networkOf({ ports: ports() }));
});
afterEach(() => {
  board.close();
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});

describe('a switch with its wires', () => {
  it('carries frames between machines, and tells what it saw', async () => {
    const [a, b, c] = await Promise.all([nic('eni-10'), nic('eni-11'), nic('eni-12')]);
    await allUp();
    a.say(datagram(A, B, 7, 1, 'one'), datagram(A, B, 7, 1, 'two'), datagram(A, C, 7, 1, 'three'), datagram(A, B, 8));
    await vi.waitFor(() => expect([b.got, c.got]).toEqual([['one', 'two'], ['three']]));
    expect(board.ports().get('eni-10')).toMatchObject({ up: true, received: { frames: 4, dropped: 1 } });
    expect(board.ports().get('eni-11')?.sent.frames).toBe(2);
  });

  it('goes on when one machine is gone, floods, or does not read', async () => {
    const [a, b, c] = await Promise.all([nic('eni-10'), nic('eni-11'), nic('eni-12')]);
    await allUp();
    b.socket.pause();
    const large = datagram(A, B, 7, 1, 'x'.repeat(8_000));
    for (let sent = 0; sent < 1_000; sent += 1) a.say(large);
    a.say(datagram(A, C, 7, 1, 'still here'));
    await vi.waitFor(() => expect(c.got).toEqual(['still here']), 20_000);
    expect(board.ports().get('eni-10')!.received.dropped).toBeGreaterThan(0);
    a.socket.destroy();
    await vi.waitFor(() => expect(board.ports().get('eni-10')?.up).toBe(false));
    c.say(datagram(C, B, 7));
    await vi.waitFor(() => expect(board.ports().get('eni-12')?.received.frames).toBe(1));
  });

  it('a port that is gone from the network has no wire; rules that are gone hold at once', async () => {
    const [a, b] = await Promise.all([nic('eni-10'), nic('eni-11'), nic('eni-12')]);
    await allUp();
    a.say(datagram(A, B, 7, 1, 'one'));
    await vi.waitFor(() => expect(b.got).toEqual(['one']));
    await board.apply(networkOf({ ports: ports().slice(0, 2), rules: [openRules[0]!] }));
    a.say(datagram(A, B, 7, 1, 'two'));
    await vi.waitFor(() => expect(board.ports().get('eni-10')?.received.dropped).toBe(1));
    expect(b.got).toEqual(['one']);
    expect([...board.ports().keys()]).toEqual(['eni-10', 'eni-11']);
  });

  it('a network that contradicts itself changes nothing', async () => {
    const twice = [port(A), port(A, { id: 'eni-other' })];
    await expect(board.apply(networkOf({ ports: twice }))).rejects.toThrow(RangeError);
    expect(board.ports().size).toBe(3);
  });
});
