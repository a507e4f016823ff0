import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageSources } from '../../../src/main/commands/imageSources.ts';
import { built } from '../../serve/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-image-'));
const data = join(folder, 'data');
const disk = join(folder, 'my disk.raw');
const sha256 = (): string => createHash('sha256').update(readFileSync(disk)).digest('hex');
const debian = new URL(imageSources.debian!.url).pathname;
const alpine = new URL(imageSources.alpine!.url).pathname;
/** What the publisher's list says. */
let sums = '';
let server: Server;
let url: string;

beforeAll(async () => {
  built();
  writeFileSync(disk, Buffer.alloc(2 ** 20, 7));
  server = createServer((request, response) => {
    if (request.url === '/disk.raw') response.end(readFileSync(disk));
    else if (request.url === debian || request.url === alpine) response.end(readFileSync(disk));
    else if (request.url === posix.join(posix.dirname(debian), 'SHA512SUMS'))
      response.end(`${sums}  ${posix.basename(debian)}\n`);
    else if (request.url === `${alpine}.sha512`) response.end(`${sums}\n`);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** Runs `elsewhere image …` beside the server of this test. */
function image(...args: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const program = new URL('../../../dist/elsewhere.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, 'image', ...args, '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { status: null as number | null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    said.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.stderr += chunk;
  });
  return new Promise((resolve) => child.once('close', (status) => resolve({ ...said, status })));
}

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

  it('fetches what a publisher lists, and nothing else', async () => {
    sums = createHash('sha512').update(readFileSync(disk)).digest('hex');
    const fetched = await image('fetch', 'debian', '--mirror', `${url}/`);
    expect(fetched).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ami-/) });
    expect((await image('list')).stdout).toContain('Debian 12');
    const own = await image('fetch', 'alpine', '--mirror', url);
    expect(own).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ami-/) });
    const { stdout } = await image('list');
    expect(stdout).toContain('Alpine Linux 3');
    sums = '0'.repeat(128);
    const other = await image('fetch', 'debian', '--mirror', url);
    expect(other).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('has the sha512') });
    expect(await image('fetch', 'ubuntu', '--mirror', url)).toMatchObject({ status: 2 });
    expect((await image('list')).stdout).toBe(stdout);
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
    expect(await refused('import', disk, '--sha256', '0'.repeat(64))).toContain('SHA-256');
    expect(await refused('import', `${url}/none`)).toContain('the server answers 404');
    expect(await refused('delete', 'ami-00000000000000000')).toContain('no imported image');
  });
});
