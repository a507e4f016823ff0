import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFirmware, firmwareOf } from './firmware.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-firmware-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string): string => join(folder, name);

function made(name: string, text = name): string {
  writeFileSync(file(name), text);
  return file(name);
}

/** A description as QEMU's interface has them. */
function described(at: string, name: string, of: string, more: object = {}): void {
  mkdirSync(file(at), { recursive: true });
  const mapping = {
    device: 'flash',
    executable: { filename: made(`${of}_CODE.fd`), format: 'raw' },
    'nvram-template': { filename: made(`${of}_VARS.fd`), format: 'raw' },
  };
  const targets = [{ architecture: 'x86_64', machines: ['pc-i440fx-*', 'pc-q35-*'] }];
  const description = { 'interface-types': ['uefi'], mapping, targets, features: ['acpi-s3'], ...more };
  writeFileSync(join(file(at), name), JSON.stringify(description));
}

const found = (...at: readonly string[]) => findFirmware(at.map(file), [])?.code.file;

describe('UEFI firmware', () => {
  it('is the first that is described and fits machines here', () => {
    described('share', '40-secure.json', 'secure', { features: ['requires-smm', 'secure-boot', 'enrolled-keys'] });
    described('share', '45-arm.json', 'arm', { targets: [{ architecture: 'aarch64', machines: ['virt-*'] }] });
    described('share', '46-bios.json', 'bios', { 'interface-types': ['bios'] });
    described('share', '47-other.json', 'other', { targets: [{ architecture: 'x86_64', machines: ['microvm'] }] });
    writeFileSync(file('share/48-broken.json'), '{');
    mkdirSync(file('share/48-folder.json'));
    writeFileSync(file('share/49-odd.json'), '{"mapping":{"device":"memory"}}');
    described('share', '60-plain.json', 'plain');
    described('share', '70-later.json', 'later');
    expect(found('share')).toBe(file('plain_CODE.fd'));
  });

  it('may be described by whoever runs this, instead of the system', () => {
    described('share', '60-plain.json', 'plain');
    described('own', '60-plain.json', 'mine');
    expect(found('own', 'share')).toBe(file('mine_CODE.fd'));
  });

  it('is not what is described and not there', () => {
    described('share', '60-plain.json', 'plain');
    rmSync(file('plain_VARS.fd'));
    expect(found('share')).toBeUndefined();
    expect(found('none')).toBeUndefined();
  });

  it('is found where it is known to be, without a description', () => {
    const [code, variables] = [made('OVMF_CODE.fd'), made('OVMF_VARS.fd')];
    const known = [[file('none'), variables] as const, [code, variables] as const];
    expect(findFirmware([], known)).toEqual({
      code: { file: code, format: 'raw' },
      variables: { file: variables, format: 'raw' },
    });
  });
});

describe('the variables of a machine', () => {
  it('are a copy of its own, which stays, and another for another firmware', async () => {
    described('share', '60-plain.json', 'plain');
    const firmware = findFirmware([file('share')], []);
    const { code, variables } = await firmwareOf(file('machine'), firmware);
    expect([code, variables]).toEqual([firmware!.code, { file: file('machine/nvram-plain_VARS.fd'), format: 'raw' }]);
    expect(readFileSync(variables.file, 'utf8')).toBe('plain_VARS.fd');
    writeFileSync(variables.file, 'written by the guest');
    expect((await firmwareOf(file('machine'), firmware)).variables).toEqual(variables);
    expect(readFileSync(variables.file, 'utf8')).toBe('written by the guest');
    described('share', '50-other.json', 'other');
    await firmwareOf(file('machine'), findFirmware([file('share')], []));
    expect(readdirSync(file('machine')).sort()).toEqual(['nvram-other_VARS.fd', 'nvram-plain_VARS.fd']);
  });

  it('cannot be had where there is no firmware, and leave nothing when they cannot be copied', async () => {
    await expect(firmwareOf(file('machine'), undefined)).rejects.toMatchObject({
      trouble: 'unsupported',
      message: expect.stringContaining('apt-get install ovmf'),
    });
    described('share', '60-plain.json', 'plain');
    const firmware = findFirmware([file('share')], []);
    rmSync(firmware!.variables.file);
    await expect(firmwareOf(file('machine'), firmware)).rejects.toMatchObject({ trouble: 'bug' });
    expect(readdirSync(file('machine'))).toEqual([]);
  });
});
