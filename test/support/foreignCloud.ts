import type { Call, Driver } from '../../src/ports/driver.ts';
import type { Changes, ForeignMachine, ForeignOwnSnapshot, ForeignVolume } from '../../src/ports/foreign.ts';
import type { SeenTags, TagChange } from '../../src/ports/tags.ts';

/** What a cloud tells that has writers beside us; the test is those writers. */
export interface ForeignCloud {
  /** What is there, by account. */
  readonly machines: Map<string, ForeignMachine[]>;
  readonly volumes: Map<string, ForeignVolume[]>;
  readonly snapshots: Map<string, ForeignOwnSnapshot[]>;
  /** Machines that are there, of which the cloud can tell nothing. */
  readonly unsure: string[];
  /** What it shows as tags, by our ids. */
  readonly tags: Map<string, Readonly<Record<string, string>>>;
  /** Gives a driver that is in front of this cloud. */
  readonly wrap: (driver: Driver) => Driver;
}

/** Plays such a cloud in memory, for tests. Everything is told each time. */
export function foreignCloud(): ForeignCloud {
  const unsure: string[] = [];
  const tags: ForeignCloud['tags'] = new Map();
  const machines: ForeignCloud['machines'] = new Map();
  const volumes: ForeignCloud['volumes'] = new Map();
  const snapshots: ForeignCloud['snapshots'] = new Map();
  const feed = <T>(of: Map<string, T[]>, more: Partial<Changes<T>> = {}) => ({
    changes: async (_: unknown, { account }: Call): Promise<Changes<T>> => ({
      ...{ whole: true, things: of.get(account) ?? [], gone: [] },
      ...more,
    }),
  });
  const retag = async (id: string, { put, drop }: TagChange): Promise<SeenTags> => {
    const now = { ...tags.get(id), ...put };
    for (const key of drop) delete now[key];
    tags.set(id, now);
    return { settled: true, tags: now };
  };
  const wrap = (driver: Driver): Driver => ({
    ...driver,
    can: { ...driver.can, localDisksStay: true },
    compute: retagging(driver.compute, retag),
    volumes: retagging(driver.volumes, retag),
    snapshots: retagging(driver.snapshots, retag),
    foreign: { machines: feed(machines, { unsure }), volumes: feed(volumes), snapshots: feed(snapshots) },
  });
  return { machines, volumes, snapshots, unsure, tags, wrap };
}

/** The same verbs and one more. */
const retagging = <K extends object>(kind: K, retag: (id: string, change: TagChange) => Promise<SeenTags>): K =>
  new Proxy(kind, {
    get: (target, verb) => (verb === 'retag' ? retag : bound(target, Reflect.get(target, verb))),
  });

const bound = (target: object, member: unknown): unknown =>
  typeof member === 'function' ? member.bind(target) : member;

/** A machine as a cloud tells of it. */
export const foreignMachine = (id: string, more: Partial<ForeignMachine> = {}): ForeignMachine => ({
  ...{ id, name: 'web', state: 'running', zone: 'us-east-1a', instanceType: 't3.micro', launchedAt: 1_767_000_000_000 },
  ...{ interfaces: [], disks: [], tags: {} },
  ...more,
});

/** A volume as a cloud tells of it. */
export const foreignVolume = (id: string, more: Partial<ForeignVolume> = {}): ForeignVolume => ({
  ...{ id, name: 'data', state: 'available', sizeGiB: 3, type: 'nfs', encrypted: false, multiAttach: false },
  ...{ createdAt: 1_767_000_000_000, attachments: [], tags: {} },
  ...more,
});
