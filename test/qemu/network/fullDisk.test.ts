import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createQemu } from '../../../src/drivers/qemu/driver.ts';
import { createFolders } from '../../../src/drivers/qemu/folders.ts';
import { Computer } from '../../../src/drivers/qemu/machines/computer.ts';
import { createRecords } from '../../../src/drivers/qemu/machines/record.ts';
import { readSettings } from '../../../src/drivers/qemu/settings.ts';
import { createSystemClock } from '../../../src/main/clock/system.ts';
import { type Driver, DriverError, type MachineSpec } from '../../../src/ports/driver.ts';
import type { GroupSpec } from '../../../src/ports/networks.ts';
import { silentLog } from '../../support/log.ts';
import { call, idOf, region } from '../support/bench.ts';

/** A file system of its own, of 256 KiB. */
let folder: string;
let driver: Driver;
const open = () =>
  createQemu({
    ...{ region, folder, settings: readSettings(region, {}), clock: createSystemClock(), log: silentLog },
    ...{ switchCommand: ['/nowhere/switch'], version: '0', computer: new Computer() },
  });
const networks = () => driver.networks!;

/** Writes until not a byte more fits; gives what makes room again. */
function fill(): () => void {
  const file = join(folder, 'filler');
  for (let size = 4_096; ; size += 4_096) {
    try {
      writeFileSync(file, Buffer.alloc(4_096), { flag: 'a' });
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      return () => rmSync(file);
    }
    expect(size).toBeLessThan(2 ** 20);
  }
}

const troubleOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (failed: unknown) => failed,
  );
  return error instanceof DriverError ? `${error.trouble} ${/no space/i.test(error.message)}` : String(error);
};
const leftovers = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /tmp/.test(name));
const group = (ports: readonly number[], isNew = true): GroupSpec => ({
  ...{ vpc: 'vpc-00000001', name: 'web', description: 'x'.repeat(255), isDefault: false, isNew },
  rules: ports.map((port) => ({ direction: 'ingress', protocol: 'tcp', from: port, to: port, cidr4: '0.0.0.0/0' })),
});
const kept = async (id: string) => (await networks().groups!.look(id, call())) !== undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
  driver = open();
});
afterEach(async () => {
  await driver.close();
  execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
});

it('a group that cannot be written is as it was, also to who reads it later, and can be changed when there is room', async () => {
  const { groups } = networks();
  const [id, other] = [idOf('sg'), idOf('sg')];
  await groups!.ensure(id, group([80]), call());
  const file = join(folder, 'network', 'groups', `${id}.json`);
  const text = () => execFileSync('cat', [file], { encoding: 'utf8' });
  const before = text();
  const makeRoom = fill();
  expect(await troubleOf(groups!.ensure(id, group([80, 443], false), call()))).toBe('no-capacity true');
  expect(await troubleOf(groups!.ensure(other, group([22]), call()))).toBe('no-capacity true');
  // What takes a change back that was not made needs no room.
  await groups!.ensure(id, group([80], false), call());
  await driver.close();
  driver = open();
  expect([text() === before, await kept(id), await kept(other), leftovers()]).toEqual([true, true, false, []]);
  makeRoom();
  await networks().groups!.ensure(id, group([80, 443], false), call());
  await networks().groups!.ensure(other, group([22]), call());
  expect([JSON.parse(text()), await kept(other)]).toEqual([group([80, 443], false), true]);
});

it('an address is not half allocated, nor half associated', async () => {
  const addresses = networks().addresses!;
  const [id, other] = [idOf('eipalloc'), idOf('eipalloc')];
  const { publicIp } = await addresses.ensure(id, {}, call());
  const makeRoom = fill();
  const association = { interface: idOf('eni'), privateIp: '172.31.0.9' };
  expect(await troubleOf(addresses.ensure(id, { publicIp, association }, call()))).toBe('no-capacity true');
  expect(await troubleOf(addresses.ensure(other, {}, call()))).toBe('no-capacity true');
  expect([await addresses.look(id, call()), await addresses.look(other, call())]).toEqual([
    { settled: true, publicIp },
    undefined,
  ]);
  // Whoever wants less room is let go at once.
  await addresses.absent(id, call());
  makeRoom();
  expect((await addresses.ensure(other, {}, call())).publicIp).toBe(publicIp);
});

it('an interface keeps its groups and its check', async () => {
  const [one, two] = [idOf('sg'), idOf('sg')];
  for (const id of [one, two]) await networks().groups!.ensure(id, group([80]), call());
  const machine = 'i-0123456789abcdef0';
  const nic = { id: idOf('eni'), privateIp: '172.31.0.9', mac: '02:00:00:00:00:09', subnet: 'subnet-1', groups: [one] };
  const spec: MachineSpec = {
    ...{ zone: `${region}a`, instanceType: 't2.nano', image: 'ami-1', imageName: 'a', architecture: 'x86_64' },
    ...{ disks: [], interfaces: [nic], hostName: 'ip-9' },
  };
  const records = createRecords(createFolders(folder));
  await records.write(machine, { spec, disks: [], wanted: 'off', started: true });
  const makeRoom = fill();
  const { setGroups, setSourceDestCheck } = networks();
  expect(await troubleOf(setGroups!(machine, nic.id, [one, two], call()))).toBe('no-capacity true');
  expect(await troubleOf(setSourceDestCheck!(machine, nic.id, false, call()))).toBe('no-capacity true');
  await setGroups!(machine, nic.id, [one], call());
  expect([(await records.read(machine))!.spec.interfaces, leftovers()]).toEqual([[nic], []]);
  makeRoom();
  await setGroups!(machine, nic.id, [two], call());
  await setSourceDestCheck!(machine, nic.id, false, call());
  expect((await records.read(machine))!.spec.interfaces).toEqual([{ ...nic, groups: [two], sourceDestCheck: false }]);
});
