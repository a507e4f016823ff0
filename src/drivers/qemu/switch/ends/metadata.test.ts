import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLog } from '../../../../../test/support/log.ts';
import { systemRandom } from '../../../../main/random.ts';
import { networkOf, port } from '../core/fabric.fixture.ts';
import { defaultLimits } from '../core/limits.ts';
import { createSwitchboard, type Switchboard } from '../switchboard.ts';
import { createGuest, type Guest, realClock } from './guest.fixture.ts';

const A = '10.0.0.10';
let folder: string;
let board: Switchboard;
let guest: Guest;
let server: Server;

/** Starts it all; whatever is asked for, the service says in these pieces, one after another question. */
async function answering(tokenHops: number | undefined, ...pieces: readonly string[]) {
  const metadata = join(folder, 'metadata');
  server = createServer((socket) => {
    const left = [...pieces];
    socket.on('error', () => socket.destroy());
    socket.on('data', () => void socket.write(left.shift() ?? 'no more'));
  }).listen(metadata);
  await once(server, 'listening');
  const more = { wire: join(folder, 'a'), metadata, ...(tokenHops !== undefined && { tokenHops }) };
  await board.apply(networkOf({ ports: [port(A, more)] }));
  await vi.waitFor(() => expect(board.ports().get('eni-10')?.up).toBe(true));
}

/** Asks once for each piece; gives the pieces that came, with their time to live. */
async function asked(times: number) {
  const stream = guest.connect('169.254.169.254', 80);
  stream.resume();
  await once(stream, 'connect');
  // What says whose machine it is was the first question.
  for (let n = 1; n <= times; n += 1) {
    await vi.waitFor(() => expect(guest.heard).toHaveLength(n), { timeout: 5_000 });
    if (n < times) stream.write('?');
  }
  stream.destroy();
  return guest.heard.map(({ ttl, text }) => [ttl, text]);
}

const token = 'HTTP/1.1 200 OK\r\nX-Aws-Ec2-Metadata-Token-Ttl-Seconds: 60\r\n\r\nTOKEN';
const plain = 'HTTP/1.1 200 OK\r\n\r\ni-10';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hops-'));
  guest = await createGuest(A, join(folder, 'a'));
  board = createSwitchboard({
    ...{ clock: realClock, limits: defaultLimits, log: silentLog, random: systemRandom() },
    ...{ servers: [], refuses: () => true },
  });
});
afterEach(() => {
  board.close();
  guest.close();
  server.close();
  rmSync(folder, { recursive: true });
});

it('an answer with a token goes as far as it may, and what follows on its connection no farther', async () => {
  await answering(2, plain, token, plain);
  expect(await asked(3)).toEqual([
    [64, plain],
    [2, token],
    [2, plain],
  ]);
});

it('a token is seen that comes in pieces', async () => {
  await answering(1, token.slice(0, 30), token.slice(30));
  expect((await asked(2)).map(([ttl]) => ttl)).toEqual([64, 1]);
});

it('where nobody says how far, it goes as far as all else', async () => {
  await answering(undefined, token);
  expect(await asked(1)).toEqual([[64, token]]);
});
