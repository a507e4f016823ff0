import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { qemuImgPath } from '../bench.ts';

const run = promisify(execFile);
const mib = 16;

/** A small disk with a file system on it, with a journal, and a file in that. */
export class FileSystem {
  readonly file: string;
  readonly #folder: string;
  readonly #bytes: Buffer;
  #looks = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.file = join(folder, 'ext4.raw');
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'random'), randomBytes(3 * 2 ** 20));
    execFileSync('mkfs.ext4', ['-q', '-b', '1024', '-d', tree, this.file, `${mib}M`]);
    this.#bytes = readFileSync(this.file);
  }

  /** A qcow2 is in order, and holds, with what it stands on, this file system. A QEMU may have it open, and has flushed. */
  async isIn(file: string): Promise<void> {
    await isWhole(file);
    const raw = join(this.#folder, `look-${++this.#looks}.raw`);
    await run(qemuImgPath, readingOut(file, raw));
    await run('e2fsck', ['-f', '-n', raw]);
    expect(readFileSync(raw).equals(this.#bytes), `${file} holds the file system`).toBe(true);
    rmSync(raw);
  }
}

/** Arguments of qemu-img that write what a qcow2 holds, with what it stands on, into a raw file. A QEMU may have it open. */
export const readingOut = (file: string, raw: string): readonly string[] => [
  ...['dd', '-U', '-f', 'qcow2', '-O', 'raw', 'bs=1M', `count=${mib}`, `if=${file}`, `of=${raw}`],
];

/** `qemu-img check` finds nothing. */
export async function isWhole(file: string): Promise<void> {
  const { stdout } = await run(qemuImgPath, ['check', '-U', '-f', 'qcow2', file]).catch((error) => error);
  expect(stdout, file).toContain('No errors were found on the image.');
}
