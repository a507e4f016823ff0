import { type Line, median } from '../figures.ts';
import { residentOf, startedBelow } from './processes.ts';
import type { RealMachines } from './server.ts';
import { textOf, until } from './waiting.ts';

export const count = 20;

/** More than this host's processors may be asked to bear otherwise. */
export const settings = { host: { vcpus: count } };
const looks = 5;

/** Resident memory of everything, with so many machines booted, against that of their QEMUs. */
export async function memory({ server, data, folders, launch, consoleOf }: RealMachines): Promise<readonly Line[]> {
  const ids = await launch(count);
  for (const id of ids) await until(`${id} boots`, () => /guest: ready/.test(textOf(consoleOf(id))));
  const all = startedBelow(data.path);
  const qemus = startedBelow(folders.machine('').replace(/\/$/, ''));
  const others = [server.pid, ...all.filter((pid) => !qemus.includes(pid))];
  if (qemus.length !== count || others.length !== 2) throw new Error(`${all.length} processes run`);
  const sum = (pids: readonly number[]): number => pids.reduce((bytes, pid) => bytes + residentOf(pid), 0) / 1e6;
  const seen: (readonly [qemus: number, others: number])[] = [];
  for (let look = 0; look < looks; look += 1) {
    seen.push([sum(qemus), sum(others)]);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const ofQemus = median(seen.map(([qemu]) => qemu));
  const total = ofQemus + median(seen.map(([, other]) => other));
  const most = 1.1 * ofQemus + 150;
  return [
    {
      ...{ what: `resident memory with ${count} small machines: server, switch, QEMUs`, unit: 'MB' },
      ...{ ours: total, reference: most, to: '1.1 × QEMUs + 150 MB', ratio: total / most },
      target: { is: 'at most', value: 1, of: 'ratio' },
      details: { qemus: ofQemus, serverAndSwitch: total - ofQemus, server: residentOf(server.pid) / 1e6 },
    },
  ];
}
