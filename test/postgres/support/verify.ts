import { type EC2, paginateDescribeInstances, paginateDescribeVolumes } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import type { TestDatabase } from './database.ts';
import type { Ledger } from './load.ts';

/** What one server shows of an account. */
export interface Seen {
  /** Client token, state and id of each instance. */
  readonly instances: readonly (readonly [token: string, state: string, id: string])[];
  /** Tags `token` and `turn`, state and id of each volume that stands alone. */
  readonly volumes: readonly (readonly [token: string, turn: string, state: string, id: string])[];
  /** Name and id of each group of the load, and how many ports it opens. */
  readonly groups: readonly (readonly [name: string, id: string, ports: number])[];
}

/** Everything that a server shows of the account, page by page. */
export async function everything(client: EC2): Promise<Seen> {
  const instances: Seen['instances'][number][] = [];
  for await (const page of paginateDescribeInstances({ client, pageSize: 100 }, {})) {
    for (const one of page.Reservations!.flatMap((reservation) => reservation.Instances!)) {
      instances.push([one.ClientToken ?? '', one.State!.Name!, one.InstanceId!]);
    }
  }
  const volumes: Seen['volumes'][number][] = [];
  for await (const page of paginateDescribeVolumes({ client, pageSize: 100 }, {})) {
    for (const one of page.Volumes!) {
      const tag = (key: string) => one.Tags?.find((t) => t.Key === key)?.Value;
      const token = tag('token');
      if (token !== undefined) volumes.push([token, tag('turn') ?? '', one.State!, one.VolumeId!]);
    }
  }
  const { SecurityGroups } = await client.describeSecurityGroups({});
  const groups = SecurityGroups!
    .filter((group) => group.GroupName!.startsWith('group-'))
    .map((group) => [group.GroupName!, group.GroupId!, group.IpPermissions!.length] as const);
  return { instances, volumes, groups };
}

/** What clients were told, in the same shape. Whatever a client asked for was answered in the end. */
export function promised({ launches, terminated, volumes, deleted, tags, groups }: Ledger): Seen {
  return {
    instances: [...launches].map(([token, id]) => [token, terminated.has(id) ? 'terminated' : 'running', id]),
    volumes: [...volumes]
      .filter(([, id]) => !deleted.has(id))
      .map(([token, id]) => [token, tags.get(id) ?? '', 'available', id]),
    groups: [...groups].map(([name, id]) => [name, id, 1]),
  };
}

const sorted = (seen: Seen) => ({
  instances: seen.instances.map(String).sort(),
  volumes: seen.volumes.map(String).sort(),
  groups: seen.groups.map(String).sort(),
});

/** A server shows exactly what clients were told: nothing is lost, nothing is there twice. */
export async function expectPromises(client: EC2, ledger: Ledger): Promise<void> {
  expect(sorted(await everything(client))).toEqual(sorted(promised(ledger)));
}

/** The simulator's machines and volumes are exactly those that rows stand for; each machine was started once. */
export async function expectCloudEqualsRows(database: TestDatabase): Promise<void> {
  const shelf = await database.rows<{ key: string; value: string }>('select key, value from shelf');
  const rows = await database.rows<{ id: string; kind: string; body: string }>(
    "select id, kind, body from item where kind in ('instance', 'volume')",
  );
  for (const [kind, name, gone] of [
    ['instance', 'machine', 'terminated'],
    ['volume', 'volume', 'deleted'],
  ] as const) {
    const there = shelf.filter(({ key }) => key.startsWith(`${name}/`)).map(({ key }) => key.split('/')[2]!);
    const meant = rows.filter((row) => row.kind === kind && JSON.parse(row.body).state !== gone).map(({ id }) => id);
    expect(there.sort(), `${name}s of the cloud`).toEqual(meant.sort());
  }
  const again = shelf.filter(({ key, value }) => key.startsWith('machine/') && JSON.parse(value).starts !== 1);
  expect(again).toEqual([]);
}

/** Waits until no operation is left; gives how long that took, in milliseconds. */
export async function untilDone(database: TestDatabase, limitMs: number): Promise<number> {
  const began = Date.now();
  const left = async () => await database.rows<{ id: string; name: string }>('select id, name from operation limit 5');
  await expect.poll(left, { timeout: limitMs, interval: 250 }).toEqual([]);
  return Date.now() - began;
}
