import { againstBare } from './against.ts';
import type { Line } from './figures.ts';
import type { Servers } from './servers.ts';
import type { Question } from './sign.ts';
import { instancesOf, shuffled } from './things.ts';

/** More different questions than answers and fragments that a server keeps, so that none is found kept. */
const manyQuestions = 40_000;
/** So many instances are waited for at the same time. */
const polled = 1_000;
/** Changes of one instance among the thousand before the same change comes again. */
const manyChanges = 500;

/** DescribeRegions: the same small question again and again. */
export async function regions(servers: Servers): Promise<readonly Line[]> {
  const server = await servers.running(1_000);
  return [
    await againstBare(servers, {
      what: 'DescribeRegions',
      server,
      questions: [{ Action: 'DescribeRegions' }],
      target: 0.4,
    }),
  ];
}

/** DescribeInstances of a thousand, unchanged, and with one of them changed before each. */
export async function thousand(servers: Servers): Promise<readonly Line[]> {
  const server = await servers.running(1_000);
  const ids = (await instancesOf(server)).map((i) => i.id);
  const questions: readonly Question[] = [{ Action: 'DescribeInstances' }];
  const before = Array.from({ length: manyChanges }, (_, i) => ({
    Action: 'CreateTags',
    'ResourceId.1': ids[i % ids.length]!,
    'Tag.1.Key': 'changed',
    'Tag.1.Value': `change-${i}`,
  }));
  return [
    await againstBare(servers, { what: 'DescribeInstances of 1,000', server, questions, connections: 4, target: 0.5 }),
    await againstBare(servers, {
      what: 'DescribeInstances of 1,000, one changed before each',
      server,
      questions,
      before,
    }),
  ];
}

/**
 * One instance by its id among a hundred thousand: always the same one, as a client asks that waits for it; a thousand in
 * turn, as many such clients do; and more of them than are kept in memory, so that each is looked up.
 */
export async function byId(servers: Servers): Promise<readonly Line[]> {
  const server = await servers.running(100_000);
  const asked = shuffled(await instancesOf(server)).slice(0, manyQuestions);
  const all = asked.map(({ id }) => ({ Action: 'DescribeInstances', 'InstanceId.1': id }));
  const line = (which: string, questions: readonly Question[], target?: number): Promise<Line> =>
    againstBare(servers, { what: `one of 100,000 by id, ${which}`, server, questions, target });
  return [
    await line('the same each time', all.slice(0, 1), 0.3),
    await line('a thousand in turn', all.slice(0, polled)),
    await line('another each time', all),
  ];
}
