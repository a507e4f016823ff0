import { join } from 'node:path';
import type { Usage } from '../../../ports/driver.ts';
import type { SeenPort } from '../network/plane.ts';
import type { BlockStats } from '../qmp/commands.ts';
import { readText } from '../records.ts';
import type { Machines } from './machines.ts';
import { processOf } from './processes.ts';
import type { MachineRecord } from './record.ts';

type Ports = ReadonlyMap<string, SeenPort> | undefined;

/** What the machines that are on have used: of the processor by their QEMU, of disks and network by themselves. */
export async function usageOf(machines: Machines, ports: () => Promise<Ports>): Promise<readonly Usage[]> {
  const [present, seen] = await Promise.all([machines.present(), ports()]);
  const all = [...present].filter(([, { started }]) => started);
  return Promise.all(all.map(([id, record]) => ofMachine(machines, id, record, seen)));
}

async function ofMachine(machines: Machines, id: string, record: MachineRecord, seen: Ports): Promise<Usage> {
  const pid = await processOf(machines.parts.folders.machine(id));
  const [cpuSeconds, disk] = await Promise.all([pid === undefined ? undefined : cpuOf(pid), diskOf(machines, id)]);
  const network = networkOf(record, seen);
  return { id, ...(cpuSeconds !== undefined && { cpuSeconds }), ...(disk && { disk }), ...(network && { network }) };
}

/** Ticks of Linux' clock a second, as all of its architectures tell them to programs. */
const ticks = 100;

/** Processor time of a process in seconds, in its own code and for it; undefined where the system does not tell, or it is gone. */
async function cpuOf(pid: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const text = await readText(join('/proc', String(pid), 'stat'));
  // Behind the name, which may hold anything, come the fields from the third on; those of time are the 14th and 15th.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) / ticks;
}

async function diskOf({ connections, parts }: Machines, id: string): Promise<Usage['disk']> {
  try {
    const qmp = await connections.of(id);
    const all = (await qmp?.execute('query-blockstats')) ?? [];
    // Where devices are that were plugged in: firmware is flash memory, and no disk.
    const disks = all.filter(({ qdev }) => qdev?.startsWith('/machine/peripheral/'));
    const sum = (of: keyof BlockStats['stats']) => disks.reduce((total, { stats }) => total + stats[of], 0);
    return qmp && { readBytes: sum('rd_bytes'), writtenBytes: sum('wr_bytes') };
  } catch (error) {
    // It went meanwhile, or is mute, which its status checks tell.
    parts.log.debug({ id, err: error }, 'a machine does not tell what its disks did');
    return undefined;
  }
}

function networkOf({ spec }: MachineRecord, seen: Ports): Usage['network'] {
  const ports = spec.interfaces.flatMap(({ id }) => seen?.get(id) ?? []);
  if (ports.length === 0) return undefined;
  const sum = (of: (port: SeenPort) => number) => ports.reduce((total, port) => total + of(port), 0);
  return {
    receivedBytes: sum(({ sent }) => sent.bytes),
    sentBytes: sum(({ received }) => received.bytes),
    droppedFrames: sum(({ received }) => received.dropped),
  };
}
