import { spawn } from 'node:child_process';
import { DriverError, type Trouble } from '../../../ports/driver.ts';

/** What `qemu-img info` says of a file. */
export interface ImageFacts {
  readonly format: string;
  readonly 'virtual-size': number;
  readonly 'actual-size'?: number;
  readonly 'backing-filename'?: string;
  readonly 'full-backing-filename'?: string;
  readonly 'format-specific'?: { readonly type: string; readonly data: Readonly<Record<string, unknown>> };
}

/** What `qemu-img check` says of a file. */
export interface Checked {
  readonly 'check-errors': number;
  readonly corruptions?: number;
  readonly leaks?: number;
  readonly 'image-end-offset'?: number;
}

/** A range of `qemu-img map`. */
export interface Range {
  readonly start: number;
  readonly length: number;
  readonly data: boolean;
  readonly zero: boolean;
  readonly depth: number;
}

/** How far one run may go. A run that goes further is ended. */
export interface Limits {
  readonly ms: number;
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  /** Largest file that it may write. */
  readonly fileBytes?: number;
}

export interface RunOptions {
  readonly limits?: Partial<Limits>;
  readonly signal?: AbortSignal;
  /** Percent, where the command tells. */
  readonly onProgress?: (percent: number) => void;
}

/** The disk tool of QEMU: one process a command, its arguments never through a shell. */
export interface QemuImg {
  /** Reads the header only; also of a file that a machine has open. Without a format QEMU guesses it: never for files of others. */
  info(file: string, format: string | undefined, options?: RunOptions): Promise<ImageFacts>;
  /** Makes a qcow2. `base` is not opened: the size is the caller's. */
  create(file: string, bytes: number, base?: string, options?: RunOptions): Promise<void>;
  /** Copies the content, with everything that it stands on, into a new qcow2 that stands alone. */
  convert(
    from: string,
    format: string,
    to: string,
    options?: RunOptions & { readonly compress?: boolean },
  ): Promise<void>;
  check(file: string, format: string, options?: RunOptions): Promise<Checked>;
  map(file: string, format: string, options?: RunOptions): Promise<readonly Range[]>;
  /** Bytes that a qcow2 with this content needs. */
  measure(file: string, format: string, options?: RunOptions): Promise<number>;
  resize(file: string, bytes: number, options?: RunOptions): Promise<void>;
  /** Puts the qcow2 on another layer, below it, and copies what lay between; the content is the same all the time. */
  rebase(file: string, base: string, options?: RunOptions): Promise<void>;
}

export interface QemuImgParts {
  /** Path of qemu-img. */
  readonly binary: string;
  /** Path of prlimit, where there is one: what limits memory, CPU and file size. */
  readonly prlimit?: string;
}

/** Of address space: up to 64 threads have a stack each, before there is any work. */
const memoryBytes = 2 * 2 ** 30;
const usual: Limits = { ms: 30_000, memoryBytes, cpuSeconds: 60 };
/** Copies take as long as their content is large. */
const long: Limits = { ms: 6 * 3600_000, memoryBytes, cpuSeconds: 4 * 3600 };
/** More than this on standard output is no answer. */
const mostOutput = 16 * 2 ** 20;

export function createQemuImg(parts: QemuImgParts): QemuImg {
  const run = (args: readonly string[], limits: Limits, options: RunOptions = {}, fine: readonly number[] = [0]) =>
    runProcess(parts, args, { ...options, limits: { ...limits, ...options.limits } }, fine);
  const json = async <T>(args: readonly string[], options?: RunOptions, fine?: readonly number[]): Promise<T> => {
    const text = await run(args, usual, options, fine);
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new DriverError('bug', `qemu-img ${args[0]} answered no JSON: ${text.slice(0, 200)}`, { cause });
    }
  };
  const as = (format: string | undefined): readonly string[] => (format === undefined ? [] : ['-f', format]);
  return {
    info: (file, format, options) => json(['info', '-U', '--output=json', ...as(format), name(file)], options),
    create: async (file, bytes, base, options) => {
      const on = base === undefined ? [] : ['-u', '-b', base, '-F', 'qcow2'];
      await run(['create', '-q', '-f', 'qcow2', ...on, name(file), String(bytes)], usual, options);
    },
    convert: async (from, format, to, options) => {
      const how = ['-p', ...as(format), '-O', 'qcow2', ...(options?.compress ? ['-c'] : [])];
      await run(['convert', ...how, name(from), name(to)], long, options);
    },
    // 2: corruptions, 3: leaks. Both are in what it says.
    check: (file, format, options) => json(['check', '--output=json', ...as(format), name(file)], options, [0, 2, 3]),
    map: (file, format, options) => json(['map', '-U', '--output=json', ...as(format), name(file)], options),
    measure: async (file, format, options) => {
      const args = ['measure', '-U', '--output=json', ...as(format), '-O', 'qcow2', name(file)];
      return (await json<{ readonly required: number }>(args, options)).required;
    },
    resize: async (file, bytes, options) => {
      await run(['resize', '-q', '-f', 'qcow2', name(file), String(bytes)], usual, options);
    },
    rebase: async (file, base, options) => {
      // Written through: else the header may be on the disk, naming the new base, before the tables of what was copied are.
      await run(
        ['rebase', '-q', '-t', 'writethrough', '-f', 'qcow2', '-b', base, '-F', 'qcow2', name(file)],
        long,
        options,
      );
    },
  };
}

/** Only absolute paths: QEMU takes `json:…` and `nbd:…` for more than names of files. */
function name(file: string): string {
  if (file.startsWith('/')) return file;
  throw new DriverError('bug', `'${file}' is no absolute path`);
}

async function runProcess(
  { binary, prlimit }: QemuImgParts,
  args: readonly string[],
  options: RunOptions & { readonly limits: Limits },
  fine: readonly number[],
): Promise<string> {
  const { limits, signal } = options;
  const bounds = [`--as=${limits.memoryBytes}`, `--cpu=${limits.cpuSeconds}`, '--core=0'];
  if (limits.fileBytes !== undefined) bounds.push(`--fsize=${limits.fileBytes}`);
  const [program, ...rest] = prlimit === undefined ? [binary, ...args] : [prlimit, ...bounds, binary, ...args];
  const child = spawn(program!, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C', MALLOC_ARENA_MAX: '2' },
    timeout: limits.ms,
    killSignal: 'SIGKILL',
    ...(signal !== undefined && { signal }),
  });
  let [said, complaint] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const percent = /\((\d+(?:\.\d+)?)\/100%\)\s*$/.exec(chunk)?.[1];
    if (percent !== undefined) options.onProgress?.(Number(percent));
    else if (said.length < mostOutput) said += chunk;
    else child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-4096);
  });
  const what = `qemu-img ${args[0]}`;
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new DriverError('unavailable', `${what} cannot be run: ${cause.message}`, { cause })),
    );
    child.once('close', (code, killed) => {
      if (code !== null && fine.includes(code)) resolve(said);
      else reject(whyFailed(what, code, killed, complaint));
    });
  });
}

/** What its complaint means for whoever asked. */
const complaints: readonly (readonly [pattern: RegExp, trouble: Trouble])[] = [
  [/No space left on device|Disk quota exceeded|File too large/i, 'no-capacity'],
  [/Failed to get .*lock/i, 'conflict'],
  [/Permission denied|Read-only file system/i, 'denied'],
  [/failed to execute .*qemu-img/i, 'unavailable'],
];

function whyFailed(what: string, code: number | null, killed: string | null, complaint: string): DriverError {
  const line = complaint.trim().split('\n').at(-1) ?? '';
  if (killed === 'SIGXFSZ') return new DriverError('no-capacity', `${what} wanted to write more than it may`);
  if (killed === 'SIGXCPU') return new DriverError('invalid', `${what} took more computing time than it may`);
  if (killed !== null) return new DriverError('unavailable', `${what} was ended by ${killed}`);
  const trouble = complaints.find(([pattern]) => pattern.test(complaint))?.[1] ?? 'invalid';
  return new DriverError(trouble, `${what} failed (${code}): ${line}`);
}
