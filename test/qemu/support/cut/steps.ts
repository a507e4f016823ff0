import childProcess from 'node:child_process';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';

/**
 * Something that leaves a mark outside the process, told of before it is done. A run of the disk tool is three: before it; in
 * the middle of its writing; and at its beginning, with the tool alive when the driver is not. `heard`: QEMU has done it, and
 * nobody knows.
 */
export interface Step {
  readonly what: string;
  readonly kind: 'file' | 'tool' | 'half' | 'late' | 'monitor' | 'heard';
}

type Any = (...args: never[]) => unknown;

/** What changes a file or a folder. Opening one to write makes it; its text is a step of its own. */
const verbs = ['mkdir', 'rename', 'rm', 'rmdir', 'chmod', 'copyFile'] as const;
/** What only asks, or is done by the test itself. */
const asks = /^(?:query-|qom-list|qmp_capabilities|system_reset)/;

/** What the network of a region does in its folder is not told. */
const watched = /^(?:volumes|snapshots|images|machines)\b/;

/** Tells of every step from now on that this process does in a region's folder, with its disk tool, and in its machines. */
export function watchSteps(root: string, tell: (step: Step) => void): void {
  const below = (path: unknown): path is string =>
    typeof path === 'string' && path.startsWith(`${root}/`) && watched.test(path.slice(root.length + 1));
  const before = (name: string, args: readonly unknown[]): void => {
    if (args.some(below)) tell({ kind: 'file', what: `${name} ${nameOf(args.find(below)!)}` });
  };
  for (const name of verbs) wrap(files, name, (args) => before(name, args));
  watchOpen(before);
  wrap(childProcess, 'spawn', ([, args]) => {
    const verb = /^(?:create|convert|rebase|resize)$/;
    const found = (args as readonly string[]).find((arg) => verb.test(arg));
    if (found !== undefined) for (const kind of ['tool', 'half', 'late'] as const) tell({ kind, what: found });
  });
  watchMonitors(tell);
  syncBuiltinESMExports();
}

/** Ids and numbers of processes are others each time. */
const nameOf = (path: string): string =>
  path
    .split('/')
    .slice(-2)
    .join('/')
    .replaceAll(/\b(?:[0-9a-f]{17}|[0-9a-f]{8}(?=\.tmp)|\d+(?=\.tmp))\b/g, '…');

function wrap<T extends object, K extends keyof T>(of: T, name: K, first: (args: readonly unknown[]) => void): void {
  const real = of[name] as Any;
  const wrapped = function (this: unknown, ...args: never[]): unknown {
    first(args);
    return real.apply(this, args);
  };
  Object.assign(of, { [name]: wrapped });
}

function watchOpen(before: (name: string, args: readonly unknown[]) => void): void {
  const { open } = files;
  Object.assign(files, {
    async open(path: string, flags?: string, mode?: number) {
      const writes = flags !== undefined && flags !== 'r';
      if (writes) before('open', [path]);
      const file = await open(path, flags, mode);
      if (writes) wrap(file, 'writeFile', () => before('writeFile', [path]));
      return file;
    },
  });
}

/** A command is told of before it is written, and once more when its answer is there, before anybody reads it. */
function watchMonitors(tell: (step: Step) => void): void {
  const waiting = new WeakMap<Socket, string>();
  const { write, emit } = Socket.prototype;
  Socket.prototype.write = function (this: Socket, ...args: never[]): boolean {
    const [, command] = /^\{"execute":"([^"]+)"/.exec(String(args[0])) ?? [];
    if (command !== undefined && !asks.test(command)) {
      tell({ kind: 'monitor', what: command });
      waiting.set(this, command);
    }
    return (write as Any).apply(this, args) as boolean;
  } as typeof write;
  Socket.prototype.emit = function (this: Socket, ...args: never[]): boolean {
    const [event, data] = args as readonly unknown[];
    const command = waiting.get(this);
    if (event === 'data' && command !== undefined && /"(?:return|error)":/.test(String(data))) {
      waiting.delete(this);
      tell({ kind: 'heard', what: command });
    }
    return (emit as Any).apply(this, args) as boolean;
  } as typeof emit;
}
