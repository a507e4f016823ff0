import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createFolders } from '../../../src/drivers/qemu/folders.ts';
import { QemuCompute } from '../../../src/drivers/qemu/machines/compute.ts';
import { Computer } from '../../../src/drivers/qemu/machines/computer.ts';
import { Machines } from '../../../src/drivers/qemu/machines/machines.ts';
import { processesBelow, processOf } from '../../../src/drivers/qemu/machines/processes.ts';
import type { MachineRecord } from '../../../src/drivers/qemu/machines/record.ts';
import { readSettings } from '../../../src/drivers/qemu/settings.ts';
import { createSystemClock } from '../../../src/main/clock/system.ts';
import { DriverError } from '../../../src/ports/driver.ts';
import { silentLog } from '../../support/log.ts';
import { call, qemuImgPath } from '../support/bench.ts';
import { needQemu, region } from '../support/cloud.ts';

needQemu();
const folder = mkdtempSync(join(tmpdir(), 'elsewhere-start-'));
const folders = createFolders(folder);
afterAll(() => rmSync(folder, { recursive: true }));

const id = 'i-0123456789abcdef0';
const spec = {
  ...{ zone: `${region}a`, instanceType: 't2.nano', image: 'ami-1', imageName: 'none', architecture: 'x86_64' },
  ...{ disks: [], interfaces: [], hostName: 'none' },
};
const record: MachineRecord = { spec, disks: [], wanted: 'on', started: false };
let follow: () => Promise<void>;
const machines = new Machines({
  ...{
    folders,
    settings: readSettings(region, {}),
    clock: createSystemClock(),
    log: silentLog,
    computer: new Computer(),
  },
  volumes: { fileOf: async (volume) => join(folder, `${volume}.qcow2`) },
  bootOf: async () => ({}),
  acceleration: async () => 'tcg',
  follow: () => follow(),
});
mkdirSync(folders.machine(id), { recursive: true });

it('no machine is left on whose network cannot be had, and its next start is as any other', async () => {
  const trouble = new DriverError('unavailable', 'the network of the machines: the switch is gone');
  follow = () => Promise.reject(trouble);
  await expect(machines.start(id, record)).rejects.toBe(trouble);
  expect(await processOf(folders.machine(id))).toBeUndefined();
  follow = () => Promise.resolve();
  expect(await machines.start(id, record)).toBe('started');
  expect((await processesBelow(folder)).size).toBe(1);
  await machines.connections.end(id);
  expect((await processesBelow(folder)).size).toBe(0);
  await machines.records.remove(id);
});

it('a machine that waits for a volume on its way on has not ended', async () => {
  follow = () => Promise.resolve();
  const [volume, asked] = ['vol-1', call()];
  execFileSync(qemuImgPath, ['create', '-q', '-f', 'qcow2', join(folder, `${volume}.qcow2`), '1M']);
  const compute = new QemuCompute(region, machines, async () => undefined);
  const other = 'i-0123456789abcdef1';
  await compute.ensure(other, { ...spec, disks: [{ device: '/dev/sda1', volume }] }, asked);
  await compute.power(other, 'off', { force: true }, asked);
  const power = () => compute.power(other, 'on', { force: false }, asked);
  await machines.locks.inTurn(volume, async () => {
    expect(await power()).toMatchObject({ settled: false, power: 'off' });
    expect(await compute.ended(asked)).toEqual([]);
    expect(await compute.look(other, asked)).toMatchObject({ settled: false, power: 'off' });
    expect(await compute.health(other, asked)).toEqual({ system: 'initializing', instance: 'initializing' });
  });
  expect(await power()).toMatchObject({ settled: true, power: 'on' });
  expect(await compute.ended(asked)).toEqual([]);
  await machines.connections.end(other);
  expect(await compute.ended(asked)).toEqual([{ id: other, why: 'crash' }]);
});
