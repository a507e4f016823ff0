/** `npm run bench [-- NAME…]`: measures, prints a table, writes bench-results/TIME.json. */
import { type Line, met } from './figures.ts';
import { keep } from './keep.ts';
import { sustained, thousandAtOnce } from './launches.ts';
import { byId, regions, thousand } from './reads.ts';
import { filtering, paging } from './scale.ts';
import { type Servers, startServers } from './servers.ts';
import { memory, starting } from './starting.ts';
import { table } from './table.ts';

/** In this order. Memory is measured before the hundred thousand were asked for anything else. */
const benchmarks: Readonly<Record<string, (servers: Servers) => Promise<readonly Line[]>>> = {
  start: starting,
  memory,
  regions,
  thousand,
  'by-id': byId,
  pages: paging,
  filters: filtering,
  launch: sustained,
  'launch-1000': thousandAtOnce,
};

const say = (line: string): void => console.error(line);

async function measure(names: readonly string[]): Promise<readonly Line[]> {
  const servers = await startServers(say);
  const lines: Line[] = [];
  try {
    for (const name of names) {
      const began = performance.now();
      lines.push(...(await benchmarks[name]!(servers)));
      say(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    }
  } finally {
    await servers.close();
  }
  return lines;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  say(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}.`);
  process.exitCode = 2;
} else {
  const lines = await measure(Object.keys(benchmarks).filter((name) => asked.length === 0 || asked.includes(name)));
  console.log(table(lines));
  say(`Written to ${keep(lines)}.`);
  if (lines.some((line) => met(line) === false)) process.exitCode = 1;
}
