import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageSources } from '../../../src/main/commands/imageSources.ts';
import { built, serve } from '../../serve/program.ts';
import { until } from '../support/server.ts';
import { Session } from '../support/session.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-image-'));
const data = join(folder, 'data');
const disk = join(folder, 'my disk.raw');
const sha256 = (): string => createHash('sha256').update(readFileSync(disk)).digest('hex');
/** What the publishers' lists say is the checksum of their images, each in the form that the publisher has. */
let sums: (algorithm: 'sha256' | 'sha512') => string;
const listOf: Readonly<Record<string, (file: string) => string>> = {
  debian: (file) => `${'1'.repeat(128)}  another.qcow2\n${sums('sha512')}  ${file}\n`,
  ubuntu: (file) => `${'1'.repeat(64)} *another.img\n${sums('sha256')} *${file}\n`,
  fedora: (file) =>
    [
      ...['-----BEGIN PGP SIGNED MESSAGE-----', 'Hash: SHA256', '', '# another.qcow2: 512 bytes'],
      ...[`SHA256 (another.qcow2) = ${'1'.repeat(64)}`, `# ${file}: 1048576 bytes`],
      ...[`SHA256 (${file}) = ${sums('sha256')}`, '-----BEGIN PGP SIGNATURE-----', '', 'iQIz', ''],
    ].join('\n'),
  alpine: () => `${sums('sha512')}\n`,
};
/** What the publishers' servers answer. */
const published = new Map<string, () => Buffer | string>(
  Object.entries(imageSources).flatMap(([name, { url, checksums }]) => [
    [new URL(url).pathname, () => readFileSync(disk)] as const,
    [new URL(checksums).pathname, () => listOf[name]!(posix.basename(url))] as const,
  ]),
);
let server: Server;
let url: string;

beforeAll(async () => {
  built();
  writeFileSync(disk, Buffer.alloc(2 ** 20, 7));
  server = createServer((request, response) => {
    if (request.url === '/disk.raw') response.end(readFileSync(disk));
    else if (request.url === '/endless.raw') response.write(Buffer.alloc(512));
    else if (published.has(request.url!)) response.end(published.get(request.url!)!());
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** Begins `elsewhere image …` beside the server of this test. */
function begin(...args: readonly string[]) {
  const program = new URL('../../../dist/elsewhere.js', import.meta.url).pathname;
  return spawn(process.execPath, [program, 'image', ...args, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs it to its end. */
function image(...args: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = begin(...args);
  const said = { status: null as number | null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    said.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.stderr += chunk;
  });
  return new Promise((resolve) => child.once('close', (status) => resolve({ ...said, status })));
}

describe('a command that is killed', () => {
  const root = join(data, 'qemu', 'local-1');
  const foldersOf = ({ pid }: ChildProcess) => readdirSync(root).filter((name) => name.includes(`-${pid}-`));
  const worksIn = (child: ChildProcess) =>
    until(
      async () => foldersOf(child),
      (found) => found.length === 1,
    );
  const kill = async (child: ChildProcess): Promise<void> => {
    child.kill('SIGKILL');
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    expect(foldersOf(child)).toHaveLength(1);
  };

  /** Opens a pipe to whoever reads it. */
  const openIfRead = async (pipe: string): Promise<FileHandle | undefined> => {
    try {
      return await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENXIO') return undefined;
      throw error;
    }
  };

  it('leaves what the next one takes away, or the server, and never what another works in', async () => {
    // The program that reads it waits until the other end is closed.
    const [packages, fifo] = [join(folder, 'packages'), join(folder, 'packages', 'a.deb')];
    mkdirSync(packages);
    mkdirSync(root, { recursive: true });
    execFileSync('mkfifo', [fifo]);
    const build = begin('build', 'mini', '--packages', packages);
    const [first, second] = [begin('import', `${url}/endless.raw`), begin('import', `${url}/endless.raw`)];
    for (const child of [build, first, second]) await worksIn(child);
    const program = await until(
      () => openIfRead(fifo),
      (opened) => opened !== undefined,
    );
    await kill(first);
    await kill(build);
    await program!.close();
    const { status, stdout } = await image('import', disk);
    expect(status).toBe(0);
    expect(await image('delete', stdout.trim())).toMatchObject({ status: 0 });
    expect([build, first, second].map((child) => foldersOf(child).length)).toEqual([0, 0, 1]);
    await kill(second);
    const region = await serve(['--data', data, '--region', 'local-1=qemu']);
    await until(
      async () => foldersOf(second),
      (found) => found.length === 0,
    );
    region.process.kill('SIGKILL');
    await region.ended;
  });
});

describe('elsewhere image', () => {
  it('imports a file and a URL, lists and deletes', async () => {
    const first = await image('import', disk, '--sha256', sha256());
    expect(first).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ami-[0-9a-f]{17}\n$/) });
    expect(first.stderr).toBe('checking 0 %\nchecking 100 %\ncopying 0 %\ncopying 100 %\n');
    const second = await image('import', `${url}/disk.raw`, '--name', 'fetched');
    expect(second).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ami-/) });
    const { stdout } = await image('list');
    expect(stdout).toMatch(/my disk +x86_64 +1 /);
    expect(stdout).toMatch(/fetched +x86_64 +1 /);
    for (const { stdout: id } of [first, second]) expect(await image('delete', id.trim())).toMatchObject({ status: 0 });
    expect((await image('list')).stdout).not.toContain('ami-');
    expect(readdirSync(join(data, 'qemu', 'local-1')).filter((name) => name.startsWith('fetch-'))).toEqual([]);
  });

  it('imports into the region, and of the architecture, that are named', async () => {
    const there = ['--region', 'lab-2'] as const;
    const made = await image('import', disk, ...there, '--architecture', 'arm64', '--name', 'of another kind');
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ami-/) });
    expect((await image('list', ...there)).stdout).toMatch(/of another kind +arm64 +1 /);
    expect(readdirSync(join(data, 'qemu'))).toContain('lab-2');
    expect((await image('list')).stdout).not.toContain('of another kind');
    const id = made.stdout.trim();
    expect(await image('delete', id)).toMatchObject({ status: 2 });
    expect(await image('delete', id, ...there)).toMatchObject({ status: 0 });
  });

  it('shows a bar at a terminal', async () => {
    const terminal = Session.terminal(`$ELSEWHERE image import '${disk}' --data '${data}'`);
    expect(await terminal.ended).toBe(0);
    const bar = (stage: string) =>
      `\\r${stage} +\\[ *\\] +0 %(?:\\r${stage} +\\[=* *\\] +\\d+ %)*\\r${stage} +\\[={25}\\] 100 %\\r?\\n`;
    const [, id] =
      new RegExp(`^${bar('checking')}${bar('copying')}(ami-[0-9a-f]{17})\\r?\\n$`).exec(terminal.stdout) ?? [];
    expect(id, terminal.stdout).toBeDefined();
    expect(await image('delete', id!)).toMatchObject({ status: 0 });
  });

  it.each(['debian', 'ubuntu', 'fedora', 'alpine'])(
    'fetches %s as its publisher lists it, and nothing else',
    async (name) => {
      sums = (algorithm) => createHash(algorithm).update(readFileSync(disk)).digest('hex');
      // A mirror may be written with its slash or without.
      const fetched = await image('fetch', name, '--mirror', name === 'debian' ? `${url}/` : url);
      expect(fetched).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ami-/) });
      const { stdout } = await image('list');
      expect(stdout).toContain(imageSources[name]!.description);
      sums = (algorithm) => '0'.repeat(algorithm === 'sha256' ? 64 : 128);
      const { algorithm } = imageSources[name]!;
      const other = await image('fetch', name, '--mirror', url);
      expect(other).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(`has the ${algorithm}`) });
      expect((await image('list')).stdout).toBe(stdout);
    },
  );

  it('fetches nothing that is not published, nor what it does not know', async () => {
    const unpublished = await image('fetch', 'debian', '--mirror', `${url}/elsewhere`);
    expect(unpublished).toMatchObject({ status: 2, stdout: '' });
    expect((await image('fetch', 'minix')).stderr).toContain('there are debian, ubuntu, fedora, alpine');
  });

  it('refuses in one line', async () => {
    const refused = async (...args: readonly string[]): Promise<string> => {
      const { status, stderr } = await image(...args);
      expect(status).toBe(2);
      return stderr.trim().split('\n').at(-1)!;
    };
    expect(await refused('import', join(folder, 'none'))).toContain('there is no file');
    expect(await refused('import', disk, '--boot-mode', 'floppy')).toContain('must be one of legacy-bios, uefi');
    expect(await refused('import', disk, '--architecture', 'vax')).toContain('must be one of x86_64, arm64, i386');
    expect(await refused('import', disk, '--sha256', '0'.repeat(64))).toContain('SHA-256');
    expect(await refused('import', `${url}/none`)).toContain('the server answers 404');
    expect(await refused('delete', 'ami-00000000000000000')).toContain('no imported image');
  });
});
