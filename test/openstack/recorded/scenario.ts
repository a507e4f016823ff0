import { createOpenStack } from '../../../src/drivers/openstack/driver.ts';
import { idOf } from '../../../src/drivers/openstack/ids.ts';
import type { ServiceType } from '../../../src/drivers/openstack/settings.ts';
import { createSystemClock } from '../../../src/main/clock/system.ts';
import { seededRandom } from '../../../src/main/random.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Call, Driver, MachineSpec, Seen } from '../../../src/ports/driver.ts';
import { createMemoryShelf } from '../../contract/driver/shelf.ts';
import { silentLog } from '../../support/log.ts';

/** What the scenario must know of the cloud: written down with the conversation. */
export interface Facts {
  readonly project: string;
  /** Neutron's. */
  readonly subnet: string;
  readonly privateIp: string;
  readonly zone: string;
  readonly flavor: string;
  readonly image: string;
}

/** What the driver told at each step. */
export type Told = readonly (readonly [step: string, seen: unknown])[];

/** The ids are always the same, so that the requests are. */
const ids = {
  machine: 'i-0ec04ded000000001',
  interface: 'eni-0ec04ded000000002',
  volume: 'vol-0ec04ded000000003',
  snapshot: 'snap-0ec04ded000000004',
} as const;

export const region = 'os-recorded';

/** A driver that asks at these addresses, with an empty shelf. */
export const driverAt = (
  endpoints: Readonly<Record<ServiceType, string>>,
  user: { readonly id: string; readonly password: string; readonly project: string },
  project: string,
  clock: Clock = createSystemClock(),
): Driver =>
  createOpenStack({
    region,
    settings: {
      auth: {
        type: 'password',
        url: endpoints.identity,
        user: { id: user.id },
        password: user.password,
        project: { id: user.project },
      },
      region: undefined,
      interface: 'public',
      tls: { verify: true },
      endpoints,
      aliases: {},
      volumeTypes: {},
      projects: {},
      credentials: {},
      timeouts: { connect: 5_000, headers: 60_000, body: 60_000 },
    },
    shelf: createMemoryShelf(),
    clock,
    random: seededRandom(1),
    log: silentLog,
    projectOf: async () => project,
    accountOf: async () => ({ id: '111122223333', known: true }),
    isTaken: async () => false,
  });

/** The machine of a conversation, with the only interface that it has. */
export function machineSpec(
  { catalogue }: Driver,
  facts: Facts,
  { id, mac }: { readonly id: string; readonly mac: string },
): MachineSpec {
  const image = catalogue.images(region).find(({ name }) => name === facts.image);
  if (image === undefined) throw new Error(`the catalogue has no image ${facts.image}`);
  return {
    zone: facts.zone,
    instanceType: facts.flavor,
    image: image.id,
    imageName: image.name,
    architecture: image.architecture,
    disks: [],
    interfaces: [{ id, mac, privateIp: facts.privateIp, subnet: idOf('subnet', facts.subnet, facts.zone) }],
    userData: Buffer.from('#!/bin/sh\n').toString('base64'),
    hostName: 'ip-10-0-0-1.ec2.internal',
  };
}

/** The main verbs of the contract: a machine, a volume on it and off it, a snapshot, and the end of all. */
export async function play(driver: Driver, facts: Facts, pauseMs: number): Promise<Told> {
  const told: [string, unknown][] = [];
  const call: Call = { account: '111122223333', region, operation: 'op-1', signal: new AbortController().signal };
  const step = async <S>(name: string, verb: () => Promise<S>): Promise<S> => {
    let seen = await verb();
    while ((seen as Partial<Seen> | undefined)?.settled === false) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      seen = await verb();
    }
    told.push([name, seen]);
    return seen;
  };
  const { compute, volumes, snapshots, networks, catalogue } = driver;
  await catalogue.refresh?.();
  const machine = machineSpec(driver, facts, { id: ids.interface, mac: '02:00:ec:04:de:d0' });
  const disk = { device: '/dev/sdf', volume: ids.volume };
  const spec = { zone: facts.zone, sizeGiB: 1, type: 'gp3', encrypted: false };
  await step('home', async () => (await networks?.home(call))?.map(({ isDefault }) => ({ isDefault })));
  await step('room', async () => (await compute.quota!(facts.flavor, call)).left > 0);
  await step('storage', async () => (await driver.storageQuota!([], call)).volumes > 0);
  await step('machine', () => compute.ensure(ids.machine, machine, call));
  await step('volume', () => volumes.ensure(ids.volume, spec, call));
  await step('attach', () => compute.attach(ids.machine, disk, call));
  await step('health', () => compute.health(ids.machine, call));
  await step('console', async () => ((await compute.consoleLog(ids.machine, call))?.text.length ?? 0) > 0);
  await step('detach', () => compute.detach(ids.machine, disk, { force: false }, call));
  await step('snapshot', () => snapshots.ensure(ids.snapshot, { volume: ids.volume, sizeGiB: 1 }, call));
  await step('stop', () => compute.power(ids.machine, 'off', { force: false }, call));
  await step('start', () => compute.power(ids.machine, 'on', { force: false }, call));
  await step('snapshot gone', () => snapshots.absent(ids.snapshot, call));
  await step('volume gone', () => volumes.absent(ids.volume, call));
  await step('machine gone', () => compute.absent(ids.machine, call));
  return told;
}
