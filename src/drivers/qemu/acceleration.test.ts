import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Acceleration, accelerationHere, bestAcceleration, bootIdOf, runsGuests } from './acceleration.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-acceleration-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A pretended QEMU: of this version, and what it does when it is to run a guest. */
function pretended(does: string, version = '7.2.22'): string {
  const path = join(folder, 'qemu');
  const words = `[ "$1" != --version ] || { echo "QEMU emulator version ${version}"; exit 0; }`;
  writeFileSync(path, `#!/bin/sh\n${words}\ncd ${folder}\necho "$@" >> asked\n${does}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** The command lines of the guests that it was to run. */
const asked = (): readonly string[] =>
  existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : [];

describe('whether guests run', () => {
  it('is seen by one that runs code and ends QEMU itself, with the processor that machines have', async () => {
    // The last argument is the file of its firmware.
    const qemu = pretended('for last; do :; done; cp "$last" rom; exit 33');
    expect(await runsGuests(qemu, 'kvm')).toBe(true);
    expect(await runsGuests(qemu, 'tcg')).toBe(true);
    expect(asked()).toEqual([
      expect.stringContaining('-accel kvm -cpu host '),
      expect.stringContaining('-accel tcg -cpu max '),
    ]);
    const rom = readFileSync(join(folder, 'rom'));
    // Interrupts off is its first instruction; where a processor begins there is a jump to it.
    expect([rom.length, rom[0], rom.readUInt8(0xfff0), rom.readInt16LE(0xfff1)]).toEqual([65_536, 0xfa, 0xe9, 13]);
    expect((0xfff0 + 3 + 13) & 0xffff).toBe(0);
    expect(existsSync(/-bios (\S+)/.exec(asked()[0]!)![1]!)).toBe(false);
  });

  it.each(['exit 0', 'exit 1', 'exit 35', 'kill -9 $$'])('is not so where QEMU does: %s', async (does) => {
    expect(await runsGuests(pretended(does), 'kvm')).toBe(false);
    expect(asked()).toHaveLength(1);
  });

  it('is not so where it never ends: then it is ended', async () => {
    const qemu = pretended('echo $$ > pid; exec sleep 1000');
    expect(await runsGuests(qemu, 'kvm', 2_000)).toBe(false);
    expect(() => process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 0)).toThrow('ESRCH');
  });

  it('is not so where there is no QEMU', async () => {
    expect(await runsGuests(join(folder, 'none'), 'kvm')).toBe(false);
  });
});

describe('the best acceleration', () => {
  it('is what might accelerate, where guests really run with it', async () => {
    const qemu = pretended('exit 33');
    expect([await bestAcceleration(qemu, 'kvm'), await bestAcceleration(qemu, 'hvf')]).toEqual(['kvm', 'hvf']);
    expect(asked().map((line) => /-accel (\w+)/.exec(line)![1])).toEqual(['kvm', 'hvf']);
  });

  it('is none where a device is there, and guests do not run', async () => {
    expect(await bestAcceleration(pretended('exit 1'), 'kvm')).toBe('tcg');
  });
});

describe('the acceleration here', () => {
  const here = (boot: string, found: Acceleration) => {
    let asked = 0;
    const best = async () => {
      asked += 1;
      return found;
    };
    return { boot: async () => boot, best, asked: () => asked };
  };

  it('is found out once, and again after a start of the computer and with another QEMU', async () => {
    const qemu = pretended('exit 1');
    const first = here('one', 'kvm');
    expect([await accelerationHere(qemu, folder, first), first.asked()]).toEqual(['kvm', 1]);
    const again = here('one', 'tcg');
    expect([await accelerationHere(qemu, folder, again), again.asked()]).toEqual(['kvm', 0]);
    const rebooted = here('two', 'tcg');
    expect([await accelerationHere(qemu, folder, rebooted), rebooted.asked()]).toEqual(['tcg', 1]);
    const upgraded = here('two', 'kvm');
    expect(await accelerationHere(pretended('exit 1', '8.2.0'), folder, upgraded)).toBe('kvm');
    expect(JSON.parse(readFileSync(join(folder, 'acceleration.json'), 'utf8'))).toEqual({
      ...{ boot: 'two', version: '8.2.0', found: 'kvm' },
    });
  });

  it('is known by the start of this computer, which is the same as long as it runs', async () => {
    expect(await bootIdOf()).toMatch(/^\S{8,}$/);
    expect(await bootIdOf()).toBe(await bootIdOf());
  });
});
