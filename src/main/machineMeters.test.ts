import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { silentLog } from '../../test/support/log.ts';
import type { Region } from '../cloud/context/world.ts';
import type { Compute } from '../ports/driver.ts';
import { createMachineMeters } from './machineMeters.ts';

const regionOf = (usage?: Compute['usage']): Region => ({ driver: { compute: { usage } } }) as unknown as Region;
const network = { receivedBytes: 10, sentBytes: 20, droppedFrames: 0 };

it('machines are metered as their clouds tell it, and a cloud that does not hides no other', async () => {
  const registry = new Registry();
  const told = [{ id: 'i-1', cpuSeconds: 1.5, network }, { id: 'i-2' }];
  const fails = async () => {
    throw new Error('no');
  };
  const regions = new Map([
    ['lab-1', regionOf(async () => told)],
    ['lab-2', regionOf(fails)],
    ['lab-3', regionOf()],
  ]);
  const meters = createMachineMeters(registry, regions, silentLog);
  await meters.read();
  await meters.read();
  const text = await registry.metrics();
  expect(text).toContain('elsewhere_instance_cpu_seconds_total{region="lab-1",instance="i-1"} 1.5\n');
  expect(text).toContain('elsewhere_instance_network_sent_bytes_total{region="lab-1",instance="i-1"} 20\n');
  expect(text).not.toMatch(/i-2|disk_read_bytes_total\{/);
  told.splice(0);
  await meters.read();
  expect(await registry.metrics()).not.toContain('i-1');
});

it('where no cloud tells there are no such meters', async () => {
  const registry = new Registry();
  await createMachineMeters(registry, new Map([['lab-3', regionOf()]]), silentLog).read();
  expect(await registry.metrics()).toBe('\n');
});
