import { expect, it } from 'vitest';
import { silentLog } from '../../../../test/support/log.ts';
import { DriverError } from '../../../ports/driver.ts';
import type { Flavor } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';
import { createRoom } from './room.ts';

interface Host {
  readonly zone?: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  /** Parts of it, as providers of their own. */
  readonly parts?: number;
}

const denied = new DriverError('denied', 'no');

/** Plays Nova's aggregates and Placement over some hosts. */
function cloud(hosts: readonly Host[]) {
  const asked: string[] = [];
  const now = { at: 0 };
  const rules = { denied: [] as string[], unsynced: [] as string[], silent: false };
  const zones = () => [...new Set(hosts.flatMap(({ zone }) => zone ?? []))];
  const inZone = (zone: string) => hosts.filter((host) => host.zone === zone);
  const among = (member: unknown): readonly Host[] => {
    const [, not, uuids = ''] = /^(!?)in:(.*)$/.exec(String(member ?? '')) ?? [];
    const named = uuids.split(',');
    return member === undefined ? hosts : hosts.filter(({ zone }) => named.includes(zone ?? '') !== (not === '!'));
  };
  const answer = (path: string, query: Readonly<Record<string, unknown>>): unknown => {
    if (path === '/os-aggregates')
      return {
        aggregates: [
          { uuid: 'rack', hosts: ['h'], metadata: {} },
          ...zones().map((zone) => ({
            uuid: zone,
            hosts: inZone(zone).map(() => 'h'),
            metadata: { availability_zone: zone },
          })),
        ],
      };
    const found = among(query.member_of);
    if (path === '/resource_providers')
      return { resource_providers: rules.unsynced.includes(String(query.member_of)) ? [] : found };
    const wanted = Object.fromEntries(
      String(query.resources)
        .split(',')
        .map((each) => each.split(':')),
    );
    const fits = found.filter((host) => host.vcpus >= (wanted.VCPU ?? 0) && host.ramMiB >= (wanted.MEMORY_MB ?? 0));
    const summaries = fits.flatMap(({ vcpus, ramMiB, parts = 1 }, host) =>
      Array.from({ length: parts }, (_, part) => [
        `${host}-${part}`,
        {
          root_provider_uuid: `${host}`,
          resources: {
            VCPU: { capacity: vcpus / parts, used: 0 },
            MEMORY_MB: { capacity: ramMiB / parts + 7, used: 7 },
          },
        },
      ]),
    );
    return {
      allocation_requests: fits.slice(0, Number(query.limit)),
      provider_summaries: Object.fromEntries(summaries),
    };
  };
  const session = {
    ask: async ({
      path,
      query = {},
    }: {
      readonly path: string;
      readonly query?: Readonly<Record<string, unknown>>;
    }) => {
      asked.push(path);
      if (rules.silent) return new Promise(() => undefined);
      if (rules.denied.includes(path)) throw denied;
      return { body: answer(path, query) };
    },
  } as unknown as Session;
  const timers: (() => void)[] = [];
  const clock = {
    now: () => now.at,
    at: (_: number, wake: () => void) => {
      timers.push(wake);
      return { cancel: () => undefined };
    },
  };
  const flavors: Readonly<Record<string, Partial<Flavor>>> = {
    small: { vcpus: 2, ram: 1_000 },
    odd: { vcpus: 1, ram: 1, extra_specs: { 'resources:CUSTOM_METAL': '1' } },
  };
  const flavor = (name: string) => flavors[name] as Flavor | undefined;
  const roomOnHosts = createRoom({ session, clock, log: silentLog });
  return { room: (zone: string, name: string) => roomOnHosts(zone, flavor(name)), asked, now, rules, timers };
}

const big = { vcpus: 8, ramMiB: 3_500 };
const usual = Number.MAX_SAFE_INTEGER;

it('counts host by host in the zone, by what is scarcest there', async () => {
  const { room } = cloud([
    { ...big, zone: 'a' },
    { vcpus: 3, ramMiB: 9_000, zone: 'a' },
    { vcpus: 1, ramMiB: 9_000, zone: 'a' },
    { ...big, zone: 'b', parts: 2 },
    { vcpus: 4, ramMiB: 9_000 },
  ]);
  expect([await room('a', 'small'), await room('b', 'small'), await room('nova', 'small')]).toEqual([4, 3, 2]);
});

it('a zone whose hosts are full has no room', async () => {
  const { room } = cloud([{ vcpus: 1, ramMiB: 9_000, zone: 'a' }, big]);
  expect([await room('a', 'small'), await room('nova', 'small')]).toEqual([0, 3]);
});

it('a zone with very many hosts has room', async () => {
  const { room } = cloud(Array.from({ length: 300 }, () => ({ ...big, zone: 'a' })));
  expect(await room('a', 'small')).toBe(usual);
});

it('who may not see the hosts of zones knows of all hosts together', async () => {
  const { room, rules } = cloud([{ ...big, zone: 'a' }, big]);
  rules.denied.push('/os-aggregates');
  expect(await room('a', 'small')).toBe(6);
});

it('who may not ask Placement knows nothing, and asks again a minute later', async () => {
  const { room, rules, asked, now } = cloud([{ ...big, zone: 'a' }]);
  rules.denied.push('/allocation_candidates');
  expect([await room('a', 'small'), await room('a', 'small')]).toEqual([usual, usual]);
  expect(asked).toEqual(['/os-aggregates', '/resource_providers', '/allocation_candidates']);
  rules.denied.pop();
  now.at = 60_000;
  expect(await room('a', 'small')).toBe(3);
});

it('the hosts of a zone are asked for once a minute', async () => {
  const { room, asked, now } = cloud([{ ...big, zone: 'a' }]);
  await room('a', 'small');
  await room('a', 'small');
  expect(asked).toHaveLength(4);
  now.at = 60_000;
  await room('a', 'small');
  expect(asked).toHaveLength(7);
});

it.each([
  ['of a zone whose hosts Placement does not know', 'a', 'small', ['in:a']],
  ['of a flavor that asks for other things', 'a', 'odd', []],
  ['of a flavor that is not known', 'a', 'none', []],
])('nothing is known %s', async (_, zone, type, unsynced) => {
  const { room, rules } = cloud([{ vcpus: 0, ramMiB: 0, zone: 'a' }]);
  rules.unsynced.push(...unsynced);
  expect(await room(zone, type)).toBe(usual);
});

it('a Placement that is silent is not waited for', async () => {
  const { room, rules, timers, asked } = cloud([{ vcpus: 1, ramMiB: 1, zone: 'a' }]);
  rules.silent = true;
  const answer = room('a', 'small');
  for (const wake of timers) wake();
  expect(await answer).toBe(usual);
  // Nor is it asked again at once.
  expect(await room('a', 'small')).toBe(usual);
  expect(asked).toHaveLength(1);
});
