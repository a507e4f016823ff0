import { expect } from 'vitest';
import type { Call, Driver, Kind, Seen } from '../../../src/ports/driver.ts';
import type { GroupSpec } from '../../../src/ports/networks.ts';
import { type Bench, callOf, idOf, listed, machineOf, settle, volumeOf } from './harness.ts';

/** What a cloud may have of its own, or do by itself, besides its abilities. */
export type Own = 'addresses' | 'groups' | 'resize' | 'interfaces';

/** How to make one thing of a kind, including what it needs. */
export interface Sample {
  readonly name: string;
  readonly ability?: 'volumes' | 'snapshots' | 'images' | Own;
  readonly make: (bench: Bench, call: Call) => Promise<Thing>;
}

/** One thing, with its verbs bound to the driver they are given. */
export interface Thing {
  readonly id: string;
  kind(driver: Driver): Pick<Kind<never, Seen>, 'look' | 'absent' | 'list'>;
  ensure(driver: Driver, call: Call): Promise<Seen>;
}

const volume = async (bench: Bench): Promise<Thing> => {
  const id = idOf('vol');
  const spec = volumeOf(bench);
  return { id, kind: (driver) => driver.volumes, ensure: (driver, call) => driver.volumes.ensure(id, spec, call) };
};

const snapshot = async (bench: Bench, call: Call): Promise<Thing> => {
  const source = await volume(bench);
  await settle(bench, () => source.ensure(bench.driver, call));
  const id = idOf('snap');
  const spec = { volume: source.id, sizeGiB: 1 };
  return { id, kind: (driver) => driver.snapshots, ensure: (driver, call) => driver.snapshots.ensure(id, spec, call) };
};

const image = async (bench: Bench, call: Call): Promise<Thing> => {
  const source = await snapshot(bench, call);
  await settle(bench, () => source.ensure(bench.driver, call));
  const id = idOf('ami');
  const spec = { reboot: false, snapshots: [{ device: '/dev/xvda', snapshot: source.id }] };
  return { id, kind: (driver) => driver.images, ensure: (driver, call) => driver.images.ensure(id, spec, call) };
};

const machine = async (bench: Bench): Promise<Thing> => {
  const id = idOf('i');
  const spec = machineOf(bench);
  return { id, kind: (driver) => driver.compute, ensure: (driver, call) => driver.compute.ensure(id, spec, call) };
};

const address = async (): Promise<Thing> => {
  const id = idOf('eipalloc');
  const kind = (driver: Driver) => driver.networks!.addresses!;
  return { id, kind, ensure: (driver, call) => kind(driver).ensure(id, {}, call) };
};

/** A rule about everything, and one about the group itself. */
const rules = (group: string): GroupSpec['rules'] => [
  { direction: 'egress', protocol: '-1', cidr4: '0.0.0.0/0' },
  { direction: 'ingress', protocol: 'tcp', from: 22, to: 23, group },
];

const group = async (): Promise<Thing> => {
  const id = idOf('sg');
  const what = { vpc: 'vpc-00000000000000001', name: id.replace('sg-', 'group '), description: 'of the contract' };
  const spec: GroupSpec = { ...what, isDefault: false, isNew: true, rules: rules(id) };
  const kind = (driver: Driver) => driver.networks!.groups!;
  return { id, kind, ensure: (driver, call) => kind(driver).ensure(id, spec, call) };
};

export const samples: readonly Sample[] = [
  { name: 'compute', make: machine },
  { name: 'volumes', ability: 'volumes', make: volume },
  { name: 'snapshots', ability: 'snapshots', make: snapshot },
  { name: 'images', ability: 'images', make: image },
  { name: 'addresses', ability: 'addresses', make: address },
  { name: 'groups', ability: 'groups', make: group },
];

type Case = (bench: Bench, sample: Sample) => Promise<void>;

/** What holds of every kind. */
export const kindCases: Readonly<Record<string, Case>> = {
  'what was never made is absent, and looking says so': async (bench, { make }) => {
    const call = callOf(bench.region);
    const thing = await make(bench, call);
    const kind = thing.kind(bench.driver);
    expect(await kind.look(thing.id, call)).toBeUndefined();
    expect(await kind.absent(thing.id, call)).toMatchObject({ settled: true });
    expect(await kind.look(thing.id, call)).toBeUndefined();
  },
  'ensure can be repeated, and makes one': async (bench, { make }) => {
    const call = callOf(bench.region);
    const thing = await make(bench, call);
    const before = await listed(thing.kind(bench.driver), call);
    await Promise.all([thing.ensure(bench.driver, call), thing.ensure(bench.driver, call)]);
    await settle(bench, () => thing.ensure(bench.driver, call));
    expect((await thing.ensure(bench.driver, callOf(bench.region))).settled).toBe(true);
    expect(await listed(thing.kind(bench.driver), call)).toEqual([...before, thing.id].sort());
    expect(await thing.kind(bench.driver).look(thing.id, call)).toMatchObject({ settled: true });
  },
  'what is not settled says when to look again': async (bench, { make }) => {
    const call = callOf(bench.region);
    const thing = await make(bench, call);
    const seen = await thing.ensure(bench.driver, call);
    if (!seen.settled && seen.lookAgainMs !== undefined) expect(seen.lookAgainMs).toBeGreaterThan(0);
    expect(await thing.kind(bench.driver).look(thing.id, call)).toBeDefined();
    await settle(bench, () => thing.ensure(bench.driver, call));
  },
  'absent can be repeated, and then looking finds nothing': async (bench, { make }) => {
    const call = callOf(bench.region);
    const thing = await make(bench, call);
    const kind = thing.kind(bench.driver);
    await settle(bench, () => thing.ensure(bench.driver, call));
    await settle(bench, () => kind.absent(thing.id, call));
    expect((await kind.absent(thing.id, call)).settled).toBe(true);
    expect(await kind.look(thing.id, call)).toBeUndefined();
    expect(await listed(kind, call)).not.toContain(thing.id);
  },
  'absent undoes what is only half made': async (bench, { make }) => {
    const call = callOf(bench.region);
    const thing = await make(bench, call);
    await thing.ensure(bench.driver, call);
    await settle(bench, () => thing.kind(bench.driver).absent(thing.id, call));
    expect(await thing.kind(bench.driver).look(thing.id, call)).toBeUndefined();
  },
  'ensure after absent makes it anew': async (bench, { make }) => {
    const call = callOf(bench.region);
    const thing = await make(bench, call);
    await settle(bench, () => thing.ensure(bench.driver, call));
    await settle(bench, () => thing.kind(bench.driver).absent(thing.id, call));
    await settle(bench, () => thing.ensure(bench.driver, call));
    expect(await listed(thing.kind(bench.driver), call)).toContain(thing.id);
  },
  'what one process began, another goes on with': async (bench, { make }) => {
    const call = callOf(bench.region);
    const thing = await make(bench, call);
    await thing.ensure(bench.driver, call);
    const second = await bench.restart();
    await settle(bench, () => thing.ensure(second, call));
    expect((await listed(thing.kind(second), call)).filter((id) => id === thing.id)).toEqual([thing.id]);
    await thing.kind(second).absent(thing.id, call);
    const third = await bench.restart();
    await settle(bench, () => thing.kind(third).absent(thing.id, call));
    expect(await thing.kind(third).look(thing.id, call)).toBeUndefined();
  },
  'list shows ours of the region and nothing else': async (bench, { make }) => {
    const call = callOf(bench.region);
    const elsewhere = callOf(bench.otherRegion);
    const [one, two, gone] = [await make(bench, call), await make(bench, call), await make(bench, call)];
    const before = await listed(one.kind(bench.driver), call);
    const there = await listed(one.kind(bench.driver), elsewhere);
    for (const thing of [one, two, gone]) await settle(bench, () => thing.ensure(bench.driver, call));
    await settle(bench, () => gone.kind(bench.driver).absent(gone.id, call));
    expect(await listed(one.kind(bench.driver), call)).toEqual([...before, one.id, two.id].sort());
    expect(await listed(one.kind(bench.driver), elsewhere)).toEqual(there);
    expect(await one.kind(bench.driver).look(one.id, elsewhere)).toBeUndefined();
  },
};
