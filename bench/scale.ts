import { inTurns, type Line } from './figures.ts';
import type { RunningServer } from './server.ts';
import type { Population, Servers } from './servers.ts';
import { type Question, signer } from './sign.ts';
import { elements, instancesOf, type KnownInstance, pages, shuffled } from './things.ts';

/**
 * What the same question costs at a hundred thousand instances and at a thousand. Each question is asked after the
 * instances that it shows have changed, so that nothing rendered before helps on either side.
 */

/** A question, and a change of everything that it shows. */
interface Probe {
  readonly question: Question;
  readonly ids: readonly string[];
}

interface Comparison {
  readonly what: string;
  readonly small: readonly Probe[];
  readonly large: readonly Probe[];
  readonly target?: number;
  /** Change what is shown before each question. */
  readonly change: boolean;
}

/** Rounds for what is promised, and for what is only told. */
const rounds = { promised: 5, told: 3 } as const;
const time = { warmMs: 150, ms: 1_200 } as const;
/** Questions that are prepared: enough that those of the large server hardly repeat. */
const most = 300;

/** Pages of a hundred. */
export async function paging(servers: Servers): Promise<readonly Line[]> {
  const both = (population: Population) => pageProbes(servers, population);
  const parts = { small: await both(1_000), large: await both(100_000) };
  return [
    await compare(servers, {
      ...parts,
      what: 'page of 100 out of 100,000, changed before each',
      target: 1.5,
      change: true,
    }),
    await compare(servers, {
      what: 'page of 100 out of 100,000, the same each time',
      small: parts.small.slice(0, 1),
      large: parts.large.slice(0, 1),
      change: false,
    }),
    await compare(servers, {
      ...parts,
      what: 'page of 100 out of 100,000, on and on (a thousand stay kept)',
      change: false,
    }),
  ];
}

/** Filters on indexed columns: one that finds a hundred, and two that find one. */
export async function filtering(servers: Servers): Promise<readonly Line[]> {
  const filters = [
    ['subnet-id', (i: KnownInstance) => i.subnet, 100],
    ['private-ip-address', (i: KnownInstance) => i.address, 1],
    ['tag:Name', (i: KnownInstance) => i.name, 1],
  ] as const;
  const lines: Line[] = [];
  for (const [name, of, finds] of filters) {
    const small = await filterProbes(servers, 1_000, name, of);
    const large = await filterProbes(servers, 100_000, name, of);
    const what = `filter on ${name}, ${finds} found of 100,000, changed before each`;
    lines.push(await compare(servers, { what, small, large, target: 2, change: true }));
  }
  return lines;
}

async function pageProbes(servers: Servers, population: Population): Promise<readonly Probe[]> {
  const server = await servers.running(population);
  const found: Probe[] = [];
  for await (const [question, xml] of pages(server, { Action: 'DescribeInstances', MaxResults: 100 })) {
    found.push({ question, ids: idsIn(xml) });
    if (found.length === most) break;
  }
  return shuffled(found);
}

/** Filters for values that instances all over the account have; each with the instances that it finds. */
async function filterProbes(
  servers: Servers,
  population: Population,
  name: string,
  of: (instance: KnownInstance) => string,
): Promise<readonly Probe[]> {
  const byValue = new Map<string, string[]>();
  for (const instance of await instancesOf(await servers.running(population))) {
    const same = byValue.get(of(instance));
    if (same === undefined) byValue.set(of(instance), [instance.id]);
    else same.push(instance.id);
  }
  return shuffled([...byValue])
    .slice(0, most)
    .map(([value, ids]) => ({
      question: { Action: 'DescribeInstances', 'Filter.1.Name': name, 'Filter.1.Value.1': value },
      ids,
    }));
}

const idsIn = (xml: string): readonly string[] => [...new Set(elements(xml, 'instanceId'))];

/** Gives the time of a question on one connection: its milliseconds at the large server against the small one's. */
async function compare(servers: Servers, comparison: Comparison): Promise<Line> {
  const { what, target } = comparison;
  const side = async (population: Population, probes: readonly Probe[]) => {
    const server = await servers.running(population);
    return timed(servers, server, `${what} (${population})`, probes, comparison.change);
  };
  const large = await side(100_000, comparison.large);
  const small = await side(1_000, comparison.small);
  const pair = await inTurns(rounds[target === undefined ? 'told' : 'promised'], large, small);
  return {
    what,
    unit: 'ms',
    ours: pair.ours,
    reference: pair.reference,
    to: 'out of 1,000',
    ratio: pair.ratio,
    ...(target !== undefined && { target: { is: 'at most', value: target, of: 'ratio' } as const }),
    details: { rounds: pair.rounds, questions: { large: comparison.large.length, small: comparison.small.length } },
  };
}

async function timed(
  { loader }: Servers,
  server: RunningServer,
  name: string,
  probes: readonly Probe[],
  change: boolean,
) {
  const sign = signer(server.credentials);
  // Two different changes in turn, so that each is one.
  const twice = change ? [...probes, ...probes] : probes;
  await loader.questions(
    name,
    twice.map((probe) => sign(probe.question)),
  );
  if (change) {
    await loader.questions(
      `${name}, before`,
      twice.map((probe, i) => sign(changeOf(probe, i < probes.length ? 'odd' : 'even'))),
    );
  }
  const job = { port: server.credentials.port, connections: 1, questions: name, ...time };
  return async (): Promise<number> => {
    const result = await loader.run(change ? { ...job, before: `${name}, before` } : job);
    return (result.seconds * 1000) / result.count;
  };
}

const changeOf = ({ ids }: Probe, value: string): Question => ({
  Action: 'CreateTags',
  ...Object.fromEntries(ids.map((id, i) => [`ResourceId.${i + 1}`, id])),
  'Tag.1.Key': 'changed',
  'Tag.1.Value': value,
});
