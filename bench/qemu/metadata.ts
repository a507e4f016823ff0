import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metadataSocketOf } from '../../src/drivers/qemu/network/control.ts';
import { createSwitchPlane } from '../../src/drivers/qemu/network/switchPlane.ts';
import { networkOf, port } from '../../src/drivers/qemu/switch/core/fabric.fixture.ts';
import { type Child, forked } from '../child.ts';
import { type Line, median } from '../figures.ts';
import { secondMonitor } from './monitor.ts';
import { startedBelow, timesOf } from './processes.ts';
import { entry, inState, type RealMachines } from './server.ts';
import { until } from './waiting.ts';
import type { WireMessage, WireResult } from './wireLoad.ts';

/** An instance is answered 1,000 times a second and no more: several ask at once. */
const instances = 8;
const connections = 2;
/** The first is to warm up. */
const rounds = 6;
const promised = 2_000;

/**
 * Requests a second that the server answers behind a switch. Guests under emulation are slow: they are paused, and machines
 * without a QEMU ask in their names at a second switch of the same build.
 */
export async function metadata(machines: RealMachines): Promise<readonly Line[]> {
  const { server, data, folders, launch } = machines;
  const ids = await launch(instances);
  await inState(server, ids, 'running');
  for (const id of ids) await pause(folders.machine(id));
  const folder = join(data.path, 'wires');
  mkdirSync(folder);
  const guests = ids.map((id, at) => ({ id, ip: `10.0.0.${10 + at}`, wire: join(folder, `${at}.wire`) }));
  const load: Child = forked('qemu/wireLoad');
  const say = (message: WireMessage) => load.ask<{ result?: WireResult; error?: string }>(message);
  await say({ do: 'wait', guests });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const plane = createSwitchPlane({
    ...{ folder, version, command: [process.execPath, entry, 'switch'], lost: () => undefined },
  });
  const socket = metadataSocketOf(folders.network);
  const ports = guests.map(({ id, ip, wire }) => port(ip, { machine: id, wire, metadata: socket }));
  await plane.apply(networkOf({ ports }));
  await until('the wires are connected', async () => [...(await plane.ports()).values()].every(({ up }) => up));
  const [switchPid] = startedBelow(folder);
  const usedBy = () => [timesOf(server.pid).processorMs, timesOf(switchPid!).processorMs] as const;
  const rates: number[] = [];
  const msOfEach: object[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = usedBy();
    const { result, error } = await say({ do: 'ask', connections, warmMs: 500, ms: 1_500 });
    if (result === undefined || result.refused > 0)
      throw new Error(`metadata was not answered: ${error ?? result?.refused}`);
    if (round === 0) continue;
    rates.push(result.count / result.seconds);
    const [ofServer, ofSwitch] = usedBy().map((used, at) => (used - before[at]!) / result.all);
    msOfEach.push({ server: ofServer, switch: ofSwitch, asking: result.processorMs / result.all });
  }
  await plane.end();
  load.close();
  return [
    {
      what: `metadata, asked by ${instances} machines at their ports of a switch`,
      unit: '/s',
      ours: median(rates),
      reference: promised,
      to: 'promised',
      ratio: median(rates) / promised,
      target: { is: 'at least', value: promised, of: 'figure' },
      details: { rounds: rates, connections: instances * connections, processorMsOfEach: msOfEach },
    },
  ];
}

/** Stops a machine's processors: it takes no time from what is measured. */
async function pause(folder: string): Promise<void> {
  const qmp = await secondMonitor(folder);
  await qmp.execute('stop');
  qmp.close();
}
