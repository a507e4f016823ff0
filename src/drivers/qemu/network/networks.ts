import type { Clock } from '../../../ports/clock.ts';
import { privateDomain } from '../../../ports/dns.ts';
import type { Log } from '../../../ports/log.ts';
import type { Networks } from '../../../ports/networks.ts';
import { type Folders, wireOf } from '../folders.ts';
import type { Machines } from '../machines/machines.ts';
import { createAddresses } from './addresses.ts';
import { metadataSocketOf } from './control.ts';
import { createFollower } from './follower.ts';
import { createGroups } from './groups.ts';
import { homeOf } from './home.ts';
import { inRegion } from './inRegion.ts';
import { createInterfaces } from './interfaces.ts';
import { keptAddresses, keptGroups } from './kept.ts';
import type { Plane, SeenPort } from './plane.ts';
import { networkOf } from './whole.ts';

export interface NetworkParts {
  readonly region: string;
  readonly zones: readonly string[];
  readonly folders: Folders;
  readonly machines: Pick<Machines, 'present' | 'records' | 'locks'>;
  readonly plane: Plane;
  /** The `n`th Elastic IP there is to give. */
  readonly nthAddress: (n: number) => string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** The network of a region's machines. */
export interface RegionNetwork {
  readonly networks: Networks;
  /** Brings the plane up to what is recorded. */
  follow(): Promise<void>;
  /** The same, for nobody who waits. */
  followSoon(): void;
  /** What the plane sees of the machines' interfaces; undefined: it does not tell. */
  ports(): Promise<ReadonlyMap<string, SeenPort> | undefined>;
  close(): Promise<void>;
}

/** Groups, addresses and machines are records; the network is made of all of them, whole, whenever one changes. */
export function createNetwork(parts: NetworkParts): RegionNetwork {
  const { region, zones, folders, machines, plane, clock, log } = parts;
  const groups = keptGroups(folders);
  const addresses = keptAddresses(folders);
  const follower = createFollower({
    ...{ plane, clock, log },
    read: async () =>
      networkOf({
        machines: [...(await machines.present())].map(([id, { account, spec }]) => ({ id, account, ...spec })),
        groups: await groups.all(),
        addresses: [...(await addresses.all()).values()],
        homeOf: (account) => homeOf(region, account, zones),
        domain: privateDomain(region),
        metadata: metadataSocketOf(folders.network),
        wireOf: (machine, eni) => wireOf(folders.machine(machine), eni),
      }),
  });
  const follow = follower.now;

  const { setGroups, setSourceDestCheck } = createInterfaces({ region, groups, machines, follow });

  return {
    networks: {
      home: async ({ account }) => [homeOf(region, account, zones)],
      inUse: async () => new Set(),
      automatic: true,
      tokenHops: true,
      groups: inRegion(region, createGroups(groups, follow)),
      setGroups,
      setSourceDestCheck,
      addresses: inRegion(
        region,
        createAddresses({
          ...{ records: addresses, nth: parts.nthAddress, locks: machines.locks, follow },
          interfacesOf: async (machine) => (await machines.records.read(machine))?.spec.interfaces ?? [],
        }),
      ),
    },
    follow,
    followSoon: follower.soon,
    async ports() {
      try {
        return (await machines.present()).size === 0 ? new Map() : await plane.ports();
      } catch (error) {
        log.warn({ err: error }, 'the network of the machines does not tell what it sees');
        return undefined;
      }
    },
    close: follower.close,
  };
}
