import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { howToAccelerate, kvmDevice } from '../../drivers/qemu/acceleration.ts';
import { whyNoMachines } from '../../drivers/qemu/host.ts';
import { readSettings } from '../../drivers/qemu/settings.ts';
import { type Computer, realMachines } from './doctorQemu.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-pretended-'));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
/** A program that is a few lines of shell. */
function pretended(lines: string): string {
  const path = join(folder, `program-${++made}`);
  writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o700 });
  return path;
}
const versioned = (version: string, more = '') =>
  pretended(`case "$*" in ${more} *--version*) echo "QEMU emulator version ${version} (pretended)";; esac`);

const qemu = versioned('8.2.1');
const qemuImg = versioned('8.2.1');
const GiB = 2 ** 30;

/** A computer that has everything. */
const whole: Computer = {
  freeMemory: () => 4 * GiB,
  freeDisk: () => 40 * GiB,
  firmware: () => '/firmware.fd',
  howToAccelerate: () => 'do this',
  whyNotListening: async () => undefined,
};

/** What the doctor says of a region, by what it is about; what follows a colon is what has to be done. */
async function said(binaries: object, computer: Partial<Computer> = {}): Promise<Readonly<Record<string, string>>> {
  const settings = { data: folder, qemu: { lab: readSettings('lab', { binaries: { qemu, qemuImg, ...binaries } }) } };
  const found = await realMachines(settings, { ...whole, ...computer });
  return Object.fromEntries(
    found.map(({ what, fact, problem }) => [
      what,
      problem === undefined ? `ok ${fact}` : `PROBLEM ${fact}: ${problem}`,
    ]),
  );
}

describe('the doctor of a region of real machines', () => {
  it('says what is there', async () => {
    const found = await said({});
    expect(found).toMatchObject({
      [`lab: ${qemu}`]: 'ok 8.2.1',
      [`lab: ${qemuImg}`]: 'ok 8.2.1',
      'lab: UEFI firmware': 'ok /firmware.fd',
      'lab: memory': 'ok 4096 MiB free',
      'lab: disk': expect.stringMatching(/^ok .*, 40960 MiB free$/),
      'lab: public addresses': expect.stringMatching(/^ok in 127\.[\d.]+\/21, every port can be had$/),
    });
  });

  it.each([
    ['no QEMU', { qemu: '/nowhere/qemu' }, 'lab: /nowhere/qemu', 'not there: install it'],
    ['no qemu-img', { qemuImg: '/nowhere/qemu-img' }, 'lab: /nowhere/qemu-img', 'not there: install it'],
  ])('%s: says how to have it, and of the rest what there is', async (_, binaries, what, line) => {
    const found = await said(binaries);
    expect(found[what]).toContain(`PROBLEM ${line} (Debian: apt-get install qemu-system-x86 qemu-utils)`);
    expect(Object.keys(found)).toEqual(expect.arrayContaining(['lab: memory', 'lab: disk']));
    expect(found).not.toHaveProperty('lab: acceleration');
  });

  it('too old a QEMU, or one without VNC, with which no machine starts', async () => {
    const [old, blind] = [versioned('7.1.0'), versioned('8.2.1', '*-vnc*) exit 1;;')];
    expect((await said({ qemu: old }))[`lab: ${old}`]).toBe('PROBLEM 7.1.0: too old; install 7.2 or later');
    expect((await said({ qemuImg: old }))[`lab: ${old}`]).toBe('PROBLEM 7.1.0: too old; install 7.2 or later');
    expect((await said({ qemu: blind }))[`lab: ${blind}`]).toMatch(/^PROBLEM 8\.2\.1: it has no VNC.*: install one/);
    expect(whyNoMachines({ qemu: blind, qemuImg })).toMatch(/no VNC/);
    expect(whyNoMachines({ qemu, qemuImg })).toBeUndefined();
  });

  it('no acceleration: how to have it', async () => {
    expect((await said({}))['lab: acceleration']).toMatch(/^ok tcg: .* slower .*\. To have them, do this$/);
  });

  it('no UEFI firmware, little memory, little disk: what to do', async () => {
    const found = await said({}, { firmware: () => undefined, freeMemory: () => 600 << 20, freeDisk: () => GiB });
    expect(found).toMatchObject({
      'lab: UEFI firmware': expect.stringMatching(/^ok not there; .* To have it, install it \(Debian: .*ovmf/),
      'lab: memory': expect.stringMatching(/^PROBLEM 600 MiB free: .*close something$/),
      'lab: disk': expect.stringMatching(/^PROBLEM .*1024 MiB free: free some, or choose another folder/),
    });
  });

  it.each([
    ['EACCES', /SSH is at port 10022: only root .* To have it at 22 .*ip_unprivileged_port_start=22/],
    ['EADDRINUSE', /SSH is at port 10022: a service .* To have it at 22, .*ListenAddress/],
    ['EADDRNOTAVAIL', /at 127\.0\.0\.1, between 20,000 and 59,999; elsewhere ports ID.* To have them, .*lo0 alias 127/],
  ])('public addresses that are not to be had (%s): where ports are instead, and what to do', async (code, line) => {
    const found = await said({}, { whyNotListening: async () => code });
    expect(found['lab: public addresses']).toMatch(line);
    expect(found['lab: public addresses']).not.toContain('nobody');
  });
});

it('what has to be done for acceleration depends on what is in the way', () => {
  expect(howToAccelerate('linux', 'denied')).toContain('usermod -aG kvm');
  expect(howToAccelerate('linux', 'absent')).toContain('modprobe');
  expect(howToAccelerate('linux', 'there')).toContain('has to allow virtualization');
  expect(howToAccelerate('darwin', 'absent')).toContain('HVF');
  expect(howToAccelerate('freebsd', 'absent')).toContain('Linux');
  expect(kvmDevice(join(folder, 'nothing'))).toBe('absent');
  const device = join(folder, 'kvm');
  writeFileSync(device, '');
  expect(kvmDevice(device)).toBe('there');
});
