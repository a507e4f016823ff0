import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlite } from '../../../src/store/sqlite/open.ts';
import { HOME } from './place.ts';

const VOLUMES = { ...HOME, kind: 'volume' };
const ROOT = join(import.meta.dirname, '..', '..', '..');
let folder: string;
let program: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-crash-'));
  // Beside the installed packages, so that the bundle finds libsql.
  program = join(mkdtempSync(join(ROOT, 'node_modules', '.crash-')), 'writing.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'writing.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['libsql'],
    logLevel: 'error',
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(join(program, '..'), { recursive: true });
});

/** Numbers that the child says are written, until it is killed after `count` of them. */
async function killAfter(child: ChildProcess, count: number): Promise<readonly number[]> {
  let said = '';
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdout?.on('data', (data: Buffer) => {
    said += data.toString();
    if (said.split('\n').length > count) child.kill('SIGKILL');
  });
  child.stderr?.on('data', (data: Buffer) => {
    said += `\nerror ${data.toString()}`;
  });
  await ended;
  // The last line may be cut; what it says was not heard.
  const lines = said.slice(0, said.lastIndexOf('\n')).split('\n');
  expect(lines.filter((line) => !/^\d+$/.test(line))).toEqual([]);
  return lines.map(Number);
}

describe('a SQLite store whose process is killed', () => {
  it.each([1, 40, 300])('has every write that was acknowledged, whole, after %i of them', async (count) => {
    const file = join(folder, `killed-${count}.db`);
    let acknowledged = 0;
    for (let round = 0; round < 2; round++) {
      const child = spawn(process.execPath, [program, file, String(round * 100_000)], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const numbers = await killAfter(child, count);
      expect(numbers.length).toBeGreaterThanOrEqual(count);
      acknowledged += numbers.length;
      const store = await openSqlite({ file });
      const ids = new Set((await store.read.items(VOLUMES)).map((item) => item.id));
      for (const number of numbers) expect(ids).toContain(`vol-${number}`);
      // A transaction is there whole or not at all.
      expect(await store.read.count({ ...VOLUMES, where: [{ name: 'state', values: ['creating'] }] })).toBe(ids.size);
      expect(await store.read.usage(HOME, 'volume')).toBe(ids.size);
      expect(await store.operations.pending()).toBe(ids.size);
      expect(ids.size).toBeGreaterThanOrEqual(acknowledged);
      await store.close();
    }
  });
});
