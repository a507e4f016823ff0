import type { RunningServer } from './server.ts';
import type { Question } from './sign.ts';

/** Texts of an element in an answer. */
export const elements = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map((found) => found[1]!);

/** Every page of a question, with the question that gives it. */
export async function* pages(server: RunningServer, question: Question): AsyncGenerator<readonly [Question, string]> {
  let asked = question;
  for (;;) {
    const xml = await server.ask(asked);
    yield [asked, xml];
    const [token] = elements(xml, 'nextToken');
    if (token === undefined || token === '') return;
    asked = { ...question, NextToken: token };
  }
}

/** What questions about an instance need. */
export interface KnownInstance {
  readonly id: string;
  readonly subnet: string;
  readonly address: string;
  /** Its tag `Name`. */
  readonly name: string;
}

/** Found once for each account: its instances stay the same. */
const known = new Map<string, Promise<readonly KnownInstance[]>>();

/** All instances of a server, by pages of a thousand. */
export function instancesOf(server: RunningServer): Promise<readonly KnownInstance[]> {
  const { accessKeyId } = server.credentials;
  const found = known.get(accessKeyId) ?? readInstances(server);
  known.set(accessKeyId, found);
  return found;
}

async function readInstances(server: RunningServer): Promise<readonly KnownInstance[]> {
  const all: KnownInstance[] = [];
  for await (const [, xml] of pages(server, { Action: 'DescribeInstances', MaxResults: 1000 })) {
    for (const one of xml.split('<instanceId>').slice(1)) {
      all.push({
        id: one.slice(0, one.indexOf('<')),
        subnet: first(one, /<subnetId>([^<]*)</),
        address: first(one, /<privateIpAddress>([^<]*)</),
        name: first(one, /<key>Name<\/key><value>([^<]*)</),
      });
    }
  }
  return all;
}

const first = (xml: string, pattern: RegExp): string => pattern.exec(xml)?.[1] ?? '';

/** The same things in an order that is always the same and like chance (Fisher and Yates, with a linear congruence). */
export function shuffled<T>(things: readonly T[]): readonly T[] {
  const mixed = [...things];
  let state = 12345;
  for (let i = mixed.length - 1; i > 0; i -= 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const j = (state >>> 8) % (i + 1);
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}
