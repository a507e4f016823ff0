import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginsAt, kept, trimConsole } from './consoleLog.ts';
import { ConsoleReader, overlap } from './consoleReader.ts';

let folder: string;
let path: string;
let reader: ConsoleReader;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-reader-'));
  path = join(folder, 'console.log');
  reader = new ConsoleReader(path);
});
afterEach(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

const next = async (): Promise<string> => Buffer.from(await reader.next()).toString();
/** Everything there is now. */
const rest = async (): Promise<string> => {
  let all = '';
  for (let text = await next(); text !== ''; text = await next()) all += text;
  return all;
};
/** How a log is cut: as this system can, and as others have to. */
const ways = [
  ['in place', undefined],
  ['by copying', async () => false],
] as const;
/** Numbered lines: each is another. */
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `line ${from + at}\n`).join('');

describe('a console log that is read', () => {
  it('is told once, as it grows, from when it is there', async () => {
    expect(await next()).toBe('');
    writeFileSync(path, 'one\n');
    expect([await next(), await next()]).toEqual(['one\n', '']);
    appendFileSync(path, 'two\n');
    expect([await next(), await next()]).toEqual(['two\n', '']);
  });

  it('begins anew with the next boot, after the end of the one before', async () => {
    writeFileSync(path, 'first boot\n');
    await rest();
    appendFileSync(path, 'goes down\n');
    renameSync(path, `${path}.old`);
    rmSync(`${path}.old`);
    writeFileSync(path, 'second boot, which is longer than the first\n');
    expect(await rest()).toBe('goes down\nsecond boot, which is longer than the first\n');
  });

  it('waits where the file is gone', async () => {
    writeFileSync(path, 'first\n');
    await rest();
    rmSync(path);
    expect(await next()).toBe('');
    writeFileSync(path, 'second\n');
    expect(await rest()).toBe('second\n');
  });

  it.each(ways)('goes on where it was when it is cut %s, and tells nothing twice', async (_, giveBack) => {
    writeFileSync(path, lines(0, 120_000));
    expect(await rest()).toBe(lines(0, 120_000));
    appendFileSync(path, lines(120_000, 121_000));
    await trimConsole(path, giveBack);
    appendFileSync(path, lines(121_000, 121_010));
    expect(await rest()).toBe(lines(120_000, 121_010));
  });

  it.each(ways)(
    'is told from where there is something again, when more than is kept was cut off %s',
    async (_, giveBack) => {
      writeFileSync(path, lines(0, 10_000));
      await rest();
      appendFileSync(path, lines(10_000, 200_000));
      await trimConsole(path, giveBack);
      const all = lines(10_000, 200_000);
      expect(await rest()).toBe(all.slice(-kept.bytes));
      const other = new ConsoleReader(path);
      expect(Buffer.from(await other.next()).toString()).toBe(all.slice(-kept.bytes));
      await other.close();
    },
  );

  it('loses nothing that is written while it is cut', async () => {
    const line = 'a line of a hundred bytes, so that the log is cut again and again while it is written to its end';
    const going = join(folder, 'going');
    writeFileSync(going, '');
    const script = `i=0; while [ -e "$2" ]; do i=$((i+1)); echo "$i ${line}"; done >> "$1"`;
    const writer = spawn('sh', ['-c', script, 'sh', path, going], { stdio: 'ignore' });
    const ended = once(writer, 'exit');
    await once(writer, 'spawn');
    for (let cuts = 0; cuts < 3; ) {
      const before = existsSync(path) ? beginsAt(statSync(path)) : 0;
      await trimConsole(path);
      if (existsSync(path) && beginsAt(statSync(path)) > before) cuts += 1;
    }
    rmSync(going);
    await ended;
    const text = await rest();
    const total = Number(/^(\d+) .*\n$/m.exec(text.slice(text.lastIndexOf('\n', text.length - 2) + 1))![1]);
    const all = Array.from({ length: total }, (_, at) => `${at + 1} ${line}\n`).join('');
    // It would be shorter by what is lost.
    expect(statSync(path).size).toBe(all.length);
    expect(all.endsWith(text)).toBe(true);
  });

  it('is not told while it is being cut', async () => {
    const all = lines(0, 120_000);
    writeFileSync(path, all);
    await rest();
    truncateSync(path);
    expect([await next(), await next()]).toEqual(['', '']);
    writeFileSync(path, all.slice(-kept.bytes), { flag: 'r+' });
    expect(await rest()).toBe('');
    appendFileSync(path, 'on\n');
    expect(await rest()).toBe('on\n');
  });

  it('is told as it is when nobody gives it its end back', async () => {
    writeFileSync(path, lines(0, 120_000));
    await rest();
    truncateSync(path);
    appendFileSync(path, 'on\n');
    let found = '';
    for (let looks = 0; looks < 20 && found === ''; looks += 1) found = await next();
    expect(found).toBe('on\n');
  });
});

describe('overlap', () => {
  const of = (before: string, after: string) => overlap(Buffer.from(before), Buffer.from(after));

  it('is what one ends and the other begins with', () => {
    expect([of('abcd', 'cdef'), of('abcd', 'abcd'), of('ab', 'cd'), of('', 'a'), of('a', '')]).toEqual([2, 4, 0, 0, 0]);
    expect([of('xabab', 'ababc'), of('aaab', 'aabaa'), of('abcabcab', 'abc')]).toEqual([4, 3, 2]);
  });
});
