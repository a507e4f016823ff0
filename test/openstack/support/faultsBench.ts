import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { createOpenStack } from '../../../src/drivers/openstack/driver.ts';
import { idOf as ec2IdOf } from '../../../src/drivers/openstack/ids.ts';
import type { OpenStackSettings } from '../../../src/drivers/openstack/settings.ts';
import { createSystemClock } from '../../../src/main/clock/system.ts';
import { systemRandom } from '../../../src/main/random.ts';
import {
  type Call,
  type Driver,
  DriverError,
  type Kind,
  type MachineSpec,
  type Seen,
  type SnapshotSpec,
  type VolumeSpec,
} from '../../../src/ports/driver.ts';
import { type CountingShelf, createMemoryShelf } from '../../contract/driver/shelf.ts';
import { silentLog } from '../../support/log.ts';
import { bed } from './bed.ts';
import { settingsOf } from './driver.ts';
import { type FaultProxy, openFaultProxy } from './faultProxy.ts';
import { addressesOf, logIn, type Session } from './session.ts';

export const cloud = bed();
export const region = 'os-faults';
export const zone = 'fake';
const { subnet } = cloud.networks.demo;

/** An id that no other suite uses at the same time. */
export const idOf = (prefix: string): string => `${prefix}-fa${randomBytes(8).toString('hex').slice(1)}`;

export const callOf = (signal: AbortSignal = new AbortController().signal): Call => ({
  account: '111122223333',
  region,
  operation: idOf('op'),
  signal,
});

/** Two people who look at the cloud past the driver. */
export interface Eyes {
  readonly demo: Session;
  readonly admin: Session;
}

/** Addresses of the subnet that somebody has. */
const taken = new Set<string>();

export async function openEyes(): Promise<Eyes> {
  const demo = await logIn(cloud, cloud.users.demo);
  const admin = await logIn(cloud, cloud.users.admin);
  const path = `/v2.0/ports?network_id=${cloud.networks.demo.id}&fields=fixed_ips`;
  const ports = await admin.ask<{ ports: { fixed_ips: { ip_address: string }[] }[] }>('network', path);
  for (const port of ports.body.ports) for (const ip of port.fixed_ips) taken.add(ip.ip_address);
  return { demo, admin };
}

/** A driver behind a proxy that breaks things, on a shelf that outlives it. */
export interface FaultBench {
  readonly proxy: FaultProxy;
  readonly shelf: CountingShelf;
  readonly driver: Driver;
  /** Another driver on the same shelf, as after the end of the process; knows the catalogue. */
  start(more?: Partial<OpenStackSettings>): Promise<Driver>;
  close(): Promise<void>;
}

export async function openBench({ demo }: Eyes, project: string = cloud.users.demo.project.id): Promise<FaultBench> {
  const proxy = await openFaultProxy(addressesOf(cloud, demo));
  const shelf = createMemoryShelf();
  const running = new Set<Driver>();
  const start = async (more: Partial<OpenStackSettings> = {}): Promise<Driver> => {
    const usual = settingsOf(cloud);
    const driver = createOpenStack({
      region,
      settings: {
        ...usual,
        auth: { ...usual.auth, url: proxy.endpoints.identity },
        endpoints: proxy.endpoints,
        ...more,
      },
      shelf,
      clock: createSystemClock(),
      random: systemRandom(),
      log: silentLog,
      projectOf: async () => project,
      accountOf: async () => ({ id: '000000000000', known: true }),
      isTaken: async () => false,
    });
    running.add(driver);
    await driver.catalogue.refresh?.();
    return driver;
  };
  const driver = await start();
  const close = async () => {
    await Promise.all([...running].map((one) => one.close()));
    await proxy.close();
  };
  return { proxy, shelf, driver, start, close };
}

const [a, b, c] = subnet.cidr.split('.');

/** An interface at a free address of its own: in the middle of the subnet, below those of the contract suite. */
export function interfaceOf(): MachineSpec['interfaces'][number] {
  const free = Array.from({ length: 60 }, (_, at) => `${a}.${b}.${c}.${40 + at}`).filter((one) => !taken.has(one));
  const privateIp = free[Math.floor(Math.random() * free.length)];
  if (privateIp === undefined) throw new Error('the bed has no free addresses left');
  taken.add(privateIp);
  const tail = randomBytes(3)
    .toString('hex')
    .replace(/(..)(..)(..)/, '$1:$2:$3');
  return { id: idOf('eni'), privateIp, mac: `02:00:fa:${tail}`, subnet: ec2IdOf('subnet', subnet.id, zone) };
}

export function machineOf(driver: Driver, more: Partial<MachineSpec> = {}): MachineSpec {
  const image = driver.catalogue.images(region).find(({ name }) => name === cloud.image.name);
  if (image === undefined) throw new Error('the catalogue has no image');
  return {
    zone,
    instanceType: 'm1.tiny',
    image: image.id,
    imageName: image.name,
    architecture: image.architecture,
    disks: [],
    interfaces: [interfaceOf()],
    hostName: 'ip-10-10-0-50.ec2.internal',
    ...more,
  };
}

/** Things that a test makes, and what takes them away whatever became of them. */
export function makings({ driver, shelf, proxy }: FaultBench, eyes: Eyes) {
  const ids = { machines: new Set<string>(), snapshots: new Set<string>(), volumes: new Set<string>() };
  const newId = (kind: keyof typeof ids, prefix: string): string => {
    const id = idOf(prefix);
    ids[kind].add(id);
    return id;
  };
  return {
    /** An id of a thing that is taken away after the test. */
    id: newId,
    machine(more: Partial<MachineSpec> = {}) {
      const id = newId('machines', 'i');
      const spec = machineOf(driver, more);
      return { id, spec, ensure: () => driver.compute.ensure(id, spec, callOf()) };
    },
    volume() {
      const id = newId('volumes', 'vol');
      const spec: VolumeSpec = { zone, sizeGiB: 1, type: 'gp3', encrypted: false };
      return { id, ensure: () => driver.volumes.ensure(id, spec, callOf()) };
    },
    snapshot(volume: string) {
      const id = newId('snapshots', 'snap');
      const spec: SnapshotSpec = { volume, sizeGiB: 1 };
      return { id, ensure: () => driver.snapshots.ensure(id, spec, callOf()) };
    },
    /** Exactly one server, and so many ports. */
    async isOne(id: string, ports = 1): Promise<void> {
      expect(await seenBy(eyes).servers(id)).toHaveLength(1);
      expect(await seenBy(eyes).ports(id)).toHaveLength(ports);
    },
    async isNone(id: string): Promise<void> {
      expect(await seenBy(eyes).servers(id)).toEqual([]);
      expect(await seenBy(eyes).ports(id)).toEqual([]);
    },
    /** Nothing is left, and nothing is remembered. */
    async clean(): Promise<void> {
      proxy.clear();
      await Promise.all([...ids.machines].map((id) => gone(driver.compute, id)));
      for (const id of ids.snapshots) await gone(driver.snapshots, id);
      for (const id of ids.volumes) await gone(driver.volumes, id);
      for (const kind of Object.values(ids)) kind.clear();
      expect(remembered(shelf)).toEqual([]);
    },
  };
}

/** Keys of the records on a shelf. */
export const remembered = ({ keys }: CountingShelf): readonly string[] =>
  keys.filter((key) => !key.startsWith('catalogue/'));

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Repeats a verb as an operation does, through every trouble that passes; tells the troubles on the way. */
export async function persist<S extends Seen>(
  verb: () => Promise<S>,
): Promise<{ readonly seen: S; readonly troubles: readonly string[] }> {
  const troubles: string[] = [];
  const end = Date.now() + 150_000;
  while (Date.now() < end) {
    try {
      const seen = await verb();
      if (seen.settled) return { seen, troubles };
      await pause(Math.min(seen.lookAgainMs ?? 400, 600));
    } catch (error) {
      if (!(error instanceof DriverError) || !error.retry) throw error;
      troubles.push(error.trouble);
      await pause(300);
    }
  }
  throw new Error(`it never settles: ${troubles.length} troubles, the last was ${troubles.at(-1)}`);
}

/** Makes it gone, whatever it takes. */
export const gone = (kind: Pick<Kind<never, Seen>, 'absent'>, id: string) => persist(() => kind.absent(id, callOf()));

/** What of ours the cloud has. */
export const seenBy = ({ demo }: Eyes) => ({
  servers: (id: string) => listed(demo, 'compute', `/servers?name=${id}`, 'servers'),
  ports: (machine: string) => listed(demo, 'network', `/v2.0/ports?description=${machine}`, 'ports'),
  volumes: (id: string) => listed(demo, 'volumev3', `/volumes?name=${id}`, 'volumes'),
  snapshots: (id: string) => listed(demo, 'volumev3', `/snapshots?name=${id}`, 'snapshots'),
});

async function listed(
  session: Session,
  service: 'compute' | 'network' | 'volumev3',
  path: string,
  name: string,
): Promise<readonly string[]> {
  const { status, body } = await session.ask<Record<string, readonly { readonly id: string }[]>>(service, path);
  if (status !== 200) throw new Error(`${service} answered ${status}`);
  return (body[name] ?? []).map(({ id }) => id);
}
