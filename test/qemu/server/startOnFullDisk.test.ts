import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { built, elsewhere } from '../../serve/program.ts';

/** A file system of its own, of a MiB. */
let folder: string;
beforeAll(() => {
  built();
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
});
afterAll(() => {
  execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
});

/** Writes until not a byte more fits; gives what makes room again. */
function fill(): () => void {
  const file = join(folder, 'filler');
  for (const size of [65_536, 4_096, 1]) {
    for (let full = false; !full; ) {
      try {
        writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
        full = true;
      }
    }
  }
  return () => rmSync(file);
}

it('7: a disk that is full is told in one line, with or without a store on it, and what was committed stays', () => {
  const serve = () => elsewhere(['serve', '--port', '0', '--data', join(folder, 'data')]);
  const full = { status: 7, stdout: '', stderr: expect.stringMatching(/^elsewhere: [^\n]*full[^\n]*\n$/) };
  const first = fill();
  expect(serve()).toMatchObject(full);
  first();
  expect(elsewhere(['account', 'create', 'lab', '--data', join(folder, 'data')])).toMatchObject({ status: 0 });
  const second = fill();
  expect(serve()).toMatchObject(full);
  second();
  const listed = elsewhere(['account', 'list', '--data', join(folder, 'data')]);
  expect(listed).toMatchObject({ status: 0, stderr: '' });
  expect(listed.stdout).toMatch(/^\d{12} +lab /m);
});
