import { expect } from 'vitest';
import { quotaNames } from '../../src/cloud/quota/quota.ts';
import type { Call, Driver, Kind, Seen } from '../../src/ports/driver.ts';
import type { Scope, Store } from '../../src/ports/store.ts';

/** Kinds of rows that operations change. */
const kinds = [
  'instance',
  'network-interface',
  'volume',
  'snapshot',
  'snapshot-order',
  'image',
  'address',
  'address-order',
  'security-group',
  'subnet',
] as const;

type Stored = Readonly<Record<string, unknown>> & { readonly id: string; readonly state: string };

async function rowsOf(store: Store, scope: Scope, kind: string): Promise<readonly Stored[]> {
  const items = await store.read.items({ kind, ...scope });
  return items.map((item) => JSON.parse(item.body) as Stored);
}

/** What differs between two runs of the same thing: ids, times, addresses. Equal ones stay equal. */
function anonymous(text: string): string {
  const names = new Map<string, string>();
  const nameOf = (found: string, what: string): string => {
    const name = names.get(found) ?? `${what}#${names.size}`;
    names.set(found, name);
    return name;
  };
  return text
    .replace(/\b([a-z]+(?:-[a-z]+)*)-[0-9a-f]{17,20}\b/g, (id, prefix: string) => nameOf(id, prefix))
    .replace(/\b1[78]\d{11}\b/g, '0')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( GMT|Z)?/g, 'TIME')
    .replace(/\b(?:ip-|ec2-)?\d{1,3}([.-])\d{1,3}\1\d{1,3}\1\d{1,3}\b/g, 'ADDRESS')
    .replace(/\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/g, 'MAC');
}

/** Everything that a client could see of an account, and its counters, with ids and times taken away. */
export async function accountState(store: Store, scope: Scope): Promise<Readonly<Record<string, unknown>>> {
  const state: Record<string, unknown> = {};
  for (const kind of kinds) state[kind] = await rowsOf(store, scope, kind);
  for (const name of quotaNames) state[`quota ${name}`] = await store.read.usage(scope, name);
  return JSON.parse(anonymous(JSON.stringify(state).replaceAll(scope.account, 'ACCOUNT')));
}

/** The counters must say what the rows say. */
export async function expectQuotasRight(store: Store, scope: Scope): Promise<void> {
  const volumes = await rowsOf(store, scope, 'volume');
  const instances = (await rowsOf(store, scope, 'instance')).filter((i) => i.state !== 'terminated');
  const expected = {
    volumes: volumes.length,
    'volume-gib': volumes.reduce((sum, v) => sum + Number(v.sizeGiB), 0),
    instances: instances.length,
    // Every instance of the scenarios is a t3.micro; a stopped one has no vCPUs of the quota.
    vcpus: instances.filter((i) => i.state !== 'stopped').length * 2,
    snapshots: (await rowsOf(store, scope, 'snapshot')).length,
  };
  const counted: Record<string, number> = {};
  for (const name of Object.keys(expected)) counted[name] = await store.read.usage(scope, name);
  expect(counted).toEqual(expected);
}

/** The accounts of clients; the public images and snapshots of the catalogue belong to others. */
const isClients = (account: unknown): boolean => String(account).startsWith('1000');

/** States of rows behind which the cloud has nothing. */
const empty: readonly string[] = ['terminated', 'deleted', 'error', 'failed', 'deregistered'];

/** The cloud holds exactly what the rows of all accounts of the region say: no orphan, nothing missing. */
export async function expectCloudAsRows(store: Store, driver: Driver, scope: Scope): Promise<void> {
  const call: Call = { ...scope, operation: 'test', signal: AbortSignal.timeout(60_000) };
  const compare = async (kind: string, list: Kind<never, Seen>['list']) => {
    const items = await store.read.items({ kind, region: scope.region });
    const rows = items.map((item) => JSON.parse(item.body) as Stored);
    const ours = rows.filter((row) => isClients(row.account) && !empty.includes(row.state));
    const there: string[] = [];
    for await (const { id } of list(call)) there.push(id);
    expect({ kind, there: there.sort() }).toEqual({ kind, there: ours.map((row) => row.id).sort() });
  };
  await compare('instance', driver.compute.list);
  await compare('volume', driver.volumes.list);
  await compare('snapshot', driver.snapshots.list);
  await compare('image', driver.images.list);
  if (driver.networks?.addresses) await compare('address', driver.networks.addresses.list);
  if (driver.networks?.groups) await compare('security-group', driver.networks.groups.list);
  await expectPowerAsRows(store, driver, call);
}

async function expectPowerAsRows(store: Store, driver: Driver, call: Call): Promise<void> {
  const items = await store.read.items({ kind: 'instance', region: call.region });
  const states = new Map(items.map((item) => [item.id, (JSON.parse(item.body) as Stored).state]));
  for await (const { id, seen } of driver.compute.list(call)) {
    expect(`${id} ${states.get(id)}`).toBe(`${id} ${seen.power === 'on' ? 'running' : 'stopped'}`);
  }
}

/** Nothing is under way any more, and no row waits for something. */
export async function expectAtRest(store: Store, scope: Scope): Promise<void> {
  expect(await store.operations.pending()).toBe(0);
  const transient = ['creating', 'deleting', 'pending', 'stopping', 'shutting-down', 'attaching', 'detaching'];
  for (const kind of kinds) {
    for (const row of await rowsOf(store, scope, kind)) {
      expect(
        transient.filter((state) => JSON.stringify(row).includes(`"state":"${state}"`)),
        `${kind} ${row.id}`,
      ).toEqual([]);
    }
  }
}

/** All of the above. */
export async function expectWhole(
  store: Store,
  end: { readonly scope: Scope; readonly world: { readonly driver: Driver } },
): Promise<void> {
  await expectAtRest(store, end.scope);
  await expectQuotasRight(store, end.scope);
  await expectCloudAsRows(store, end.world.driver, end.scope);
}
