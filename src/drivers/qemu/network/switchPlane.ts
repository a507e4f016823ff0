import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createLines } from '../lines.ts';
import { makeFolder } from '../records.ts';
import { type Greeting, type Reply, type Request, switchFiles } from './control.ts';
import type { OpenPort, Plane } from './plane.ts';

export interface SwitchPlaneParts {
  /** The switch's folder. */
  readonly folder: string;
  /** The program and its arguments that a switch is started with; the folder comes last. */
  readonly command: readonly [string, ...string[]];
  /** Of this program. A switch of another is replaced. */
  readonly version: string;
  /** The connection ended although nobody closed it: the switch may be gone, and with it the network. */
  readonly lost: () => void;
}

/** How long a switch has to be there when it was started, and to answer; milliseconds. A busy host is slow. */
const patience = { upMs: 30_000, answerMs: 30_000 } as const;

type Asked = Request extends infer R ? (R extends { readonly id: number } ? Omit<R, 'id'> : never) : never;

interface Link {
  readonly version: string;
  ask(request: Asked): Promise<Reply>;
  /** Ends the connection; settles when it has ended. */
  close(): Promise<void>;
  readonly ended: Promise<void>;
}

interface Waiting {
  done(reply: Reply): void;
  failed(error: Error): void;
}

/** A userspace switch in a process of its own, which is started when it is needed, and outlives this one. */
export function createSwitchPlane({ folder, command, version, lost }: SwitchPlaneParts): Plane {
  const path = join(folder, switchFiles.control);
  let open: Promise<Link> | undefined;

  const keep = (linking: Promise<Link>): Promise<Link> => {
    open = linking;
    linking.then(
      (link) => {
        void link.ended.then(() => {
          if (open !== linking) return;
          open = undefined;
          lost();
        });
      },
      () => {
        if (open === linking) open = undefined;
      },
    );
    return linking;
  };

  async function begin(): Promise<Link> {
    const there = await linkTo(path);
    if (there?.version === version) return there;
    if (there !== undefined) await end(there);
    await makeFolder(folder);
    return started(path, start(command, folder));
  }

  const link = (): Promise<Link> => open ?? keep(begin());

  return {
    async apply(network) {
      needDone(await (await link()).ask({ do: 'apply', network }));
    },
    ports: async () => new Map((await (await link()).ask({ do: 'ports' })).ports),
    open: async () => new Map((await (await link()).ask({ do: 'open' })).open),
    async close() {
      const linking = open;
      open = undefined;
      await (await linking)?.close();
    },
    async end() {
      const linking = open ?? linkTo(path);
      open = undefined;
      const there = await linking;
      if (there !== undefined) await end(there);
    },
  };
}

/** At which ports of the host public addresses are open, of a switch that runs, of whatever version; undefined: none runs. */
export async function openPortsAt(folder: string): Promise<ReadonlyMap<string, readonly OpenPort[]> | undefined> {
  const link = await linkTo(join(folder, switchFiles.control));
  if (link === undefined) return undefined;
  try {
    return new Map((await link.ask({ do: 'open' })).open);
  } finally {
    await link.close();
  }
}

async function end(link: Link): Promise<void> {
  // It may be gone before it answers.
  await Promise.race([link.ended, link.ask({ do: 'end' })]);
  await link.ended;
}

function needDone({ error }: Reply): void {
  if (error !== undefined) throw new Error(error);
}

function start([program, ...args]: SwitchPlaneParts['command'], folder: string): ChildProcess {
  const log = openSync(join(folder, switchFiles.log), 'w', 0o600);
  try {
    const child = spawn(program, [...args, folder], { cwd: folder, detached: true, stdio: ['ignore', log, log] });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** The connection to a switch that was just started, when it answers. */
async function started(path: string, child: ChildProcess): Promise<Link> {
  let over: string | undefined;
  child.once('error', (error) => {
    over = error.message;
  });
  child.once('exit', (code, signal) => {
    over = `it ended with ${signal ?? code}`;
  });
  for (const until = performance.now() + patience.upMs; performance.now() < until; await pause(20)) {
    const link = await linkTo(path);
    if (link !== undefined) return link;
    if (over !== undefined) throw new Error(`the switch did not start: ${over}; ${switchFiles.log} tells more`);
  }
  throw new Error('the switch does not answer');
}

/** The connection to a switch, when it greets; undefined when nobody is there. */
async function linkTo(path: string): Promise<Link | undefined> {
  const socket = connect(path);
  const waiting = new Map<number, Waiting>();
  let greet: (greeting: Greeting) => void = () => undefined;
  const greeting = new Promise<Greeting>((resolve) => {
    greet = resolve;
  });
  let greeted = false;
  const hear = (line: string): void => {
    const said = JSON.parse(line) as Reply & Greeting;
    if (!greeted) {
      greeted = true;
      greet(said);
      return;
    }
    waiting.get(said.id)?.done(said);
    waiting.delete(said.id);
  };
  socket.on(
    'data',
    createLines(hear, () => socket.destroy()),
  );
  // Why it ended does not matter: `close` follows.
  socket.on('error', () => socket.destroy());
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
      for (const { failed } of waiting.values()) failed(new Error('the switch is gone'));
      waiting.clear();
    });
  });
  const first = await Promise.race([greeting, ended, pause(patience.answerMs, undefined, { ref: false })]);
  if (first === undefined) {
    socket.destroy();
    return undefined;
  }
  return {
    version: first.version,
    ended,
    ask: asker(socket, waiting, ended),
    close: () => {
      socket.destroy();
      return ended;
    },
  };
}

function asker(socket: Socket, waiting: Map<number, Waiting>, ended: Promise<void>) {
  let last = 0;
  return (request: Asked): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error(`the switch did not answer within ${patience.answerMs} ms`));
      }, patience.answerMs);
      const over =
        <T>(tell: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          tell(value);
        };
      waiting.set(id, { done: over(resolve), failed: over(reject) });
      if (socket.destroyed) void ended.then(() => waiting.get(id)?.failed(new Error('the switch is gone')));
      else socket.write(`${JSON.stringify({ ...request, id })}\n`);
    });
}
