import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../../ports/clock.ts';
import type { Log } from '../../../ports/log.ts';
import { createLines } from '../lines.ts';
import { type Greeting, type Reply, type Request, switchFiles } from '../network/control.ts';
import { createSwitchboard, type Switchboard, type SwitchboardParts } from './switchboard.ts';

export interface SwitchParts extends SwitchboardParts {
  readonly folder: string;
  readonly version: string;
}

/** A switch that nobody knows, and that no machine is at, ends: it is looked at so often, and ends at the second time. Milliseconds. */
const idleMs = 30_000;

/**
 * Runs a switch whose network is given at the control socket of its folder. Resolves when it is told to end, when nobody
 * needs it, or at once where another one is there.
 */
export async function runSwitch(parts: SwitchParts): Promise<void> {
  const path = join(parts.folder, switchFiles.control);
  const server = createServer();
  if (!(await listen(server, path))) return;
  const board = createSwitchboard(parts);
  const clients = new Set<Socket>();
  await new Promise<void>((resolve) => {
    endWhenIdle(parts.clock, () => clients.size > 0 || isUsed(board), resolve);
    server.on('connection', (socket) => {
      clients.add(socket);
      socket.once('close', () => clients.delete(socket));
      serve(socket, board, parts, resolve);
    });
  });
  board.close();
  server.close();
  await rm(path, { force: true });
  for (const socket of clients) socket.end();
}

const isUsed = (board: Switchboard): boolean => [...board.ports().values()].some(({ up }) => up);

function endWhenIdle(clock: Clock, isNeeded: () => boolean, end: () => void): void {
  let idle = 0;
  const look = (): void => {
    idle = isNeeded() ? 0 : idle + 1;
    if (idle === 2) end();
    else clock.at(clock.now() + idleMs, look);
  };
  clock.at(clock.now() + idleMs, look);
}

/** False: another switch is there. A socket that nobody listens at is left of one that was killed. */
async function listen(server: Server, path: string): Promise<boolean> {
  const tried = (): Promise<NodeJS.ErrnoException | undefined> =>
    new Promise((resolve) => {
      const failed = (error: Error): void => resolve(error);
      server.once('error', failed);
      server.listen(path, () => {
        server.off('error', failed);
        resolve(undefined);
      });
    });
  let error = await tried();
  if (error?.code === 'EADDRINUSE') {
    if (await answers(path)) return false;
    await rm(path, { force: true });
    error = await tried();
  }
  if (error !== undefined) throw error;
  return true;
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    const told = (is: boolean) => (): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', told(true));
    socket.once('error', told(false));
  });

function serve(socket: Socket, board: Switchboard, { version, log }: SwitchParts, end: () => void): void {
  const say = (said: Greeting | Reply): void => void socket.write(`${JSON.stringify(said)}\n`);
  const hear = (line: string): void => {
    void answer(JSON.parse(line) as Request, board, log).then((reply) => {
      say(reply.reply);
      if (reply.last) end();
    });
  };
  socket.on(
    'data',
    createLines(hear, () => socket.destroy()),
  );
  socket.on('error', (error) => log.debug({ err: error }, 'who gave the network hung up'));
  say({ version });
}

async function answer(request: Request, board: Switchboard, log: Log): Promise<{ reply: Reply; last: boolean }> {
  const { id } = request;
  const said = (reply: Omit<Reply, 'id'>, last = false) => ({ reply: { id, ...reply }, last });
  if (request.do === 'ports') return said({ ports: [...board.ports()] });
  if (request.do === 'open') return said({ open: [...board.open()] });
  if (request.do === 'end') return said({}, true);
  try {
    await board.apply(request.network);
    return said({});
  } catch (error) {
    log.error({ err: error }, 'a network cannot be had');
    return said({ error: (error as Error).message });
  }
}
