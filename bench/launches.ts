import { join } from 'node:path';
import { type Child, forked } from './child.ts';
import { inTurns, type Line, median } from './figures.ts';
import type { RunningServer } from './server.ts';
import type { Servers } from './servers.ts';
import { type Question, signer } from './sign.ts';
import { elements } from './things.ts';

/** Requests in flight. */
const inFlight = 48;
const launchMs = 2_000;
const commitMs = 1_000;
const rounds = 4;
/** Single launches for each launch of a thousand. */
const singles = 15;
const largeRounds = 4;

/** RunInstances of one, sustained, each through to running, against the rate of SQLite's own durable commits. */
export async function sustained(servers: Servers): Promise<readonly Line[]> {
  const server = await servers.running(0);
  const run = await launchQuestions(server, 1);
  await servers.loader.questions('run one', run.map(signer(server.credentials)));
  const commits: Child = forked('commits', [join(servers.data(0).path, 'commits.db')]);
  const answering: number[] = [];
  const ours = async (): Promise<number> => {
    const began = performance.now();
    const job = { port: server.credentials.port, connections: inFlight, questions: 'run one', warmMs: 0, ms: launchMs };
    const { all, seconds } = await servers.loader.run(job);
    await allRunning(server);
    answering.push(all / seconds);
    return (all * 1000) / (performance.now() - began);
  };
  await ours();
  const pair = await inTurns(rounds, ours, async () => (await commits.ask<{ rate: number }>({ ms: commitMs })).rate);
  commits.close();
  return [
    {
      what: `RunInstances of 1, ${inFlight} in flight, through to running`,
      unit: '/s',
      ours: pair.ours,
      reference: pair.reference,
      to: 'durable commits of SQLite',
      ratio: pair.ratio,
      target: { is: 'at least', value: 0.25, of: 'ratio' },
      details: { rounds: pair.rounds, answersPerSecond: median(answering) },
    },
  ];
}

/** RunInstances of a thousand in one call against one of one: until the answer, and until all run. */
export async function thousandAtOnce(servers: Servers): Promise<readonly Line[]> {
  const server = await servers.running(0);
  const sign = signer(server.credentials);
  await servers.loader.questions('one', (await launchQuestions(server, 1)).map(sign));
  await servers.loader.questions('many', (await launchQuestions(server, 1_000)).map(sign));
  const times: Record<'one' | 'many', Timed[]> = { one: [], many: [] };
  for (let i = 0; i < singles; i += 1) await timedLaunch(servers, server, 'one');
  for (let round = 0; round < largeRounds; round += 1) {
    const ones: Timed[] = [];
    for (let i = 0; i < singles; i += 1) ones.push(await timedLaunch(servers, server, 'one'));
    times.one.push({ answer: median(ones.map((t) => t.answer)), running: median(ones.map((t) => t.running)) });
    times.many.push(await timedLaunch(servers, server, 'many'));
  }
  const line = (what: string, part: keyof Timed, target?: number): Line => ({
    what,
    unit: 'ms',
    ours: median(times.many.map((t) => t[part])),
    reference: median(times.one.map((t) => t[part])),
    to: 'RunInstances of 1',
    ratio: median(times.many.map((t, i) => t[part] / times.one[i]![part])),
    ...(target !== undefined && { target: { is: 'at most', value: target, of: 'ratio' } as const }),
    details: { one: times.one, many: times.many },
  });
  return [
    line('RunInstances of 1,000, until the answer', 'answer', 100),
    line('RunInstances of 1,000, until all run', 'running'),
  ];
}

/** Milliseconds from the request until its answer, and until every instance of it was seen to run. */
interface Timed {
  readonly answer: number;
  readonly running: number;
}

async function timedLaunch({ loader }: Servers, server: RunningServer, questions: 'one' | 'many'): Promise<Timed> {
  const began = performance.now();
  const { count, seconds } = await loader.run({
    port: server.credentials.port,
    connections: 1,
    questions,
    warmMs: 0,
    ms: 0.001,
  });
  await allRunning(server);
  return { answer: (seconds * 1000) / count, running: performance.now() - began };
}

/** Waits until no instance is pending. */
async function allRunning(server: RunningServer): Promise<void> {
  const pending = {
    Action: 'DescribeInstances',
    'Filter.1.Name': 'instance-state-name',
    'Filter.1.Value.1': 'pending',
    MaxResults: 5,
  };
  while (elements(await server.ask(pending), 'instanceId').length > 0)
    await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Launches of Amazon Linux into each zone in turn: a default subnet has room for 4,091. */
async function launchQuestions(server: RunningServer, count: number): Promise<readonly Question[]> {
  const images = await server.ask({
    Action: 'DescribeImages',
    'Owner.1': 'amazon',
    'Filter.1.Name': 'name',
    'Filter.1.Value.1': 'al2023-ami-2*-x86_64',
  });
  const [image] = elements(images, 'imageId');
  if (image === undefined) throw new Error('the server has no image of Amazon Linux 2023');
  const zones = elements(await server.ask({ Action: 'DescribeAvailabilityZones' }), 'zoneName');
  return zones.map((zone) => ({
    Action: 'RunInstances',
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: count,
    MaxCount: count,
    'Placement.AvailabilityZone': zone,
  }));
}
