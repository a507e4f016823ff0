/**
 * `npm run bench:qemu [-- NAME…]`: real machines of the built server, compared with QEMU by hand. Prints a table, writes
 * bench-results/TIME.json; exit code 1 where a target is missed. Needs Linux and what `npm run test:qemu` needs.
 */
import { type Line, met } from './figures.ts';
import { keep } from './keep.ts';
import { flows } from './qemu/flows.ts';
import { memory, settings as twenty } from './qemu/memory.ts';
import { metadata } from './qemu/metadata.ts';
import { type RealMachines, startRealMachines } from './qemu/server.ts';
import { starting } from './qemu/starting.ts';
import { volumes } from './qemu/volumes.ts';
import { table } from './table.ts';

const say = (line: string): void => console.error(line);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Each has a server of its own. */
const benchmarks: Readonly<Record<string, () => Promise<readonly Line[]>>> = {
  start: () => onMachines(starting),
  volumes: () => onMachines(volumes),
  flows: () => onMachines(flows),
  metadata: () => onMachines(metadata),
  memory: () => onMachines(memory, twenty),
};

async function onMachines(
  measure: (machines: RealMachines) => Promise<readonly Line[]>,
  settings?: object,
): Promise<readonly Line[]> {
  const machines = await startRealMachines(settings);
  try {
    return await measure(machines);
  } finally {
    await machines.close();
  }
}

const asked = process.argv.slice(2).filter((word) => word !== '--qemu');
const unknown = asked.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  say(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}.`);
  process.exitCode = 2;
} else {
  const lines: Line[] = [];
  for (const name of Object.keys(benchmarks).filter((one) => asked.length === 0 || asked.includes(one))) {
    const began = performance.now();
    lines.push(...(await benchmarks[name]!()));
    say(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  console.log(table(lines));
  say(`Written to ${keep(lines)}.`);
  if (lines.some((line) => met(line) === false)) process.exitCode = 1;
}
