import { DriverError, type Kind, type Seen } from '../../src/ports/driver.ts';
import type { AddressSpec, ForeignVpc, GroupSpec, Networks, SeenAddress } from '../../src/ports/networks.ts';
import type { Shelf } from '../../src/ports/store.ts';

/** What the pretend cloud keeps of a group, and of an address. */
export interface KeptGroup {
  readonly spec: GroupSpec;
}
export interface KeptAddress {
  readonly publicIp: string;
  readonly association?: AddressSpec['association'];
}

/** Networks of a pretend cloud that has its own, on a shelf: with quotas, and a pool that can be empty. */
export interface CloudNetworks extends Networks {
  readonly groups: Kind<GroupSpec, Seen>;
  readonly addresses: Kind<AddressSpec, SeenAddress>;
  /** Groups of the interfaces of machines, by interface. */
  groupsOn(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The interfaces whose source and destination are not checked. */
  unchecked(): Promise<readonly string[]>;
  group(id: string): Promise<KeptGroup | undefined>;
  address(id: string): Promise<KeptAddress | undefined>;
}

export interface CloudLimits {
  /** Free public addresses. */
  pool: number;
  groups: number;
  rulesPerGroup: number;
}

const zones = ['us-east-1a', 'us-east-1b'];

/** One network an account; each zone has it as a subnet, all with the same addresses. */
const homeOf = (account: string): readonly ForeignVpc[] => [
  {
    id: `vpc-00000${account}`,
    cidrs: ['10.9.0.0/24'],
    isDefault: true,
    subnets: zones.map((zone, at) => ({
      id: `subnet-0000${at}${account}`,
      zone,
      cidr: '10.9.0.0/24',
      defaultForZone: true,
    })),
  },
];

/** An address space a region; an id a shelf's key. What it is asked for it does at once. */
export function createCloudNetworks(shelf: Shelf, limits: CloudLimits): CloudNetworks {
  const kept = <T>(kind: string) => ({
    get: async (id: string) => {
      const text = await shelf.get(`${kind}/${id}`);
      return text === undefined ? undefined : (JSON.parse(text) as T);
    },
    put: (id: string, thing: T) => shelf.put(`${kind}/${id}`, JSON.stringify(thing)),
    delete: (id: string) => shelf.delete(`${kind}/${id}`),
    all: async () =>
      (await shelf.list(`${kind}/`)).map(([key, text]) => [key.slice(kind.length + 1), JSON.parse(text) as T] as const),
  });
  const groups = kept<KeptGroup>('group');
  const addresses = kept<KeptAddress>('address');
  const ports = kept<readonly string[]>('port');
  const unchecked = kept<boolean>('unchecked');
  return {
    home: async ({ account }) => homeOf(account),
    inUse: async () => new Set(),
    groups: groupKind(groups, limits),
    addresses: addressKind(addresses, limits),
    async setGroups(_machine, on, ids) {
      for (const id of ids) if ((await groups.get(id)) === undefined) throw gone(id);
      await ports.put(on, ids);
      return { settled: true };
    },
    async setSourceDestCheck(_machine, on, check) {
      await (check ? unchecked.delete(on) : unchecked.put(on, true));
      return { settled: true };
    },
    unchecked: async () => (await unchecked.all()).map(([on]) => on),
    groupsOn: async () => new Map(await ports.all()),
    group: groups.get,
    address: addresses.get,
  };
}

interface Kept<T> {
  get(id: string): Promise<T | undefined>;
  put(id: string, thing: T): Promise<void>;
  delete(id: string): Promise<void>;
  all(): Promise<readonly (readonly [string, T])[]>;
}

const gone = (id: string) => new DriverError('invalid', `there is no ${id}`, { about: 'gone' });

function groupKind(groups: Kept<KeptGroup>, limits: CloudLimits): Kind<GroupSpec, Seen> {
  return {
    async ensure(id, spec) {
      const there = await groups.get(id);
      if (there === undefined && !spec.isNew) throw gone(id);
      const quota = new DriverError('no-capacity', 'quota exceeded', { about: 'quota' });
      if (there === undefined && (await groups.all()).length >= limits.groups) throw quota;
      if (spec.rules.length > limits.rulesPerGroup) throw quota;
      await groups.put(id, { spec });
      return { settled: true };
    },
    look: async (id) => ((await groups.get(id)) === undefined ? undefined : { settled: true }),
    async absent(id) {
      await groups.delete(id);
      return { settled: true };
    },
    async *list() {
      for (const [id] of await groups.all()) yield { id, seen: { settled: true } };
    },
  };
}

function addressKind(addresses: Kept<KeptAddress>, limits: CloudLimits): Kind<AddressSpec, SeenAddress> {
  const seen = ({ publicIp }: KeptAddress): SeenAddress => ({ settled: true, publicIp });
  const make = async (id: string): Promise<KeptAddress> => {
    const all = await addresses.all();
    if (all.length >= limits.pool) throw new DriverError('no-capacity', 'the pool is empty');
    const used = new Set(all.map(([, one]) => one.publicIp));
    const publicIp = Array.from({ length: 250 }, (_, at) => `203.0.113.${at + 1}`).find((ip) => !used.has(ip))!;
    const made = { publicIp };
    await addresses.put(id, made);
    return made;
  };
  return {
    async ensure(id, { publicIp, association }) {
      const there = await addresses.get(id);
      if (there === undefined && publicIp !== undefined) throw gone(id);
      if (there === undefined) return seen(await make(id));
      if (publicIp === undefined) return seen(there);
      const { association: _, ...free } = there;
      for (const [other, one] of await addresses.all()) {
        const taken = association && JSON.stringify(one.association) === JSON.stringify(association);
        if (taken && other !== id) throw new DriverError('invalid', 'somebody is there', { about: 'in-use' });
      }
      await addresses.put(id, { ...free, ...(association && { association }) });
      return seen(there);
    },
    async look(id) {
      const there = await addresses.get(id);
      return there && seen(there);
    },
    async absent(id) {
      await addresses.delete(id);
      return { settled: true };
    },
    async *list() {
      for (const [id, one] of await addresses.all()) yield { id, seen: seen(one) };
    },
  };
}
