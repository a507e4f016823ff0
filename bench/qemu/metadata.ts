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

const instances = 8;
/** Alone: a little less often than what one instance is answered at the most, so that nothing is refused. */
const alone = { guests: 1, connections: 4, perSecond: 2_400 };
const together = { guests: instances, connections: 2 };
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
  const say: Say = (message) => load.ask(message);
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
  const measure = (asking: typeof alone | typeof together) => ratesOf(say, asking, usedBy);
  const lines = [
    lineOf('metadata, asked by one machine at its port of a switch', alone, await measure(alone)),
    lineOf(`metadata, asked by ${instances} machines at their ports of a switch`, together, await measure(together)),
  ];
  await plane.end();
  load.close();
  return lines;
}

type Say = (message: WireMessage) => Promise<{ result?: WireResult; error?: string }>;

interface Rates {
  readonly rounds: readonly number[];
  /** Processor time of each answer, in milliseconds. */
  readonly processorMsOfEach: readonly object[];
}

/** Answers a second in each round. Throws where one was refused: a refusal is no answer. */
async function ratesOf(
  say: Say,
  asking: typeof alone | typeof together,
  usedBy: () => readonly [number, number],
): Promise<Rates> {
  const rates: number[] = [];
  const msOfEach: object[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = usedBy();
    const { result, error } = await say({ do: 'ask', ...asking, warmMs: 500, ms: 1_500 });
    if (result === undefined || result.refused > 0)
      throw new Error(`metadata was not answered: ${error ?? result?.refused}`);
    if (round === 0) continue;
    rates.push(result.count / result.seconds);
    const [ofServer, ofSwitch] = usedBy().map((used, at) => (used - before[at]!) / result.all);
    msOfEach.push({ server: ofServer, switch: ofSwitch, asking: result.processorMs / result.all });
  }
  return { rounds: rates, processorMsOfEach: msOfEach };
}

const lineOf = (what: string, { guests, connections }: typeof together, rates: Rates): Line => ({
  what,
  unit: '/s',
  ours: median(rates.rounds),
  reference: promised,
  to: 'promised',
  ratio: median(rates.rounds) / promised,
  target: { is: 'at least', value: promised, of: 'figure' },
  details: { ...rates, connections: guests * connections },
});

/** Stops a machine's processors: it takes no time from what is measured. */
async function pause(folder: string): Promise<void> {
  const qmp = await secondMonitor(folder);
  await qmp.execute('stop');
  qmp.close();
}
