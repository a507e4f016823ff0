import { member, pages } from '../reading.ts';
import type { Session } from '../session.ts';

/** A flavor: RAM in MiB, disks in GiB, swap in MiB. */
export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ram: number;
  /** 0: as large as the image. */
  readonly disk: number;
  readonly 'OS-FLV-EXT-DATA:ephemeral': number;
  /** An empty text for none, before 2.75. */
  readonly swap: number | '';
  readonly 'os-flavor-access:is_public': boolean;
  readonly description?: string | null;
  /** Absent where a policy hides them. */
  readonly extra_specs?: Readonly<Record<string, string>>;
}

/** Those that the project may use. 2.61 has the extra specs in them, which else are a call for each flavor. */
export const flavors = (session: Session, signal?: AbortSignal): AsyncIterable<Flavor> =>
  pages(session, { service: 'compute', path: '/flavors/detail', microversion: '2.61', signal }, 'flavors');

export interface AvailabilityZone {
  readonly zoneName: string;
  readonly zoneState: { readonly available: boolean };
}

export const availabilityZones = (session: Session, signal?: AbortSignal): AsyncIterable<AvailabilityZone> =>
  pages(session, { service: 'compute', path: '/os-availability-zone', signal }, 'availabilityZoneInfo');

/** Hosts that stand together; in metadata may stand `availability_zone`. */
export interface Aggregate {
  readonly uuid: string;
  readonly hosts: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** For administrators. 2.41 has the uuids, by which Placement knows them. */
export async function aggregates(session: Session, signal?: AbortSignal): Promise<readonly Aggregate[]> {
  const path = '/os-aggregates';
  return member(
    await session.ask({ service: 'compute', method: 'GET', path, microversion: '2.41', signal }),
    'compute',
    'aggregates',
  );
}

/** What the project may have and has; -1: no limit. RAM in MiB. */
export interface ComputeLimits {
  readonly maxTotalInstances: number;
  readonly maxTotalCores: number;
  readonly maxTotalRAMSize: number;
  readonly maxTotalKeypairs: number;
  readonly maxServerMeta: number;
  readonly totalInstancesUsed: number;
  readonly totalCoresUsed: number;
  readonly totalRAMUsed: number;
}

/** 2.57 leaves out the limits of networks and of injected files, which Nova only guesses. */
export async function computeLimits(session: Session, signal?: AbortSignal): Promise<ComputeLimits> {
  const reply = await session.ask({ service: 'compute', method: 'GET', path: '/limits', microversion: '2.57', signal });
  return member<{ readonly absolute: ComputeLimits }>(reply, 'compute', 'limits').absolute;
}
