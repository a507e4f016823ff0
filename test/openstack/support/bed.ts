import { readFileSync } from 'node:fs';

/** Something of the cloud: what Keystone, Nova, Glance or Neutron call it. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** A user, its password, and the project it works in. */
export interface BedUser extends Named {
  readonly password: string;
  readonly project: Named;
}

/** A user of the EC2 API: member of its project, with EC2 credentials there. */
export interface BedTenant extends BedUser {
  readonly ec2: { readonly access: string; readonly secret: string };
}

export interface BedSubnet {
  readonly id: string;
  readonly cidr: string;
  readonly gateway: string;
}

/** A project's own network, with a router to the external one. */
export interface BedNetwork extends Named {
  readonly subnet: BedSubnet;
  readonly router: Named;
}

export interface BedFlavor extends Named {
  readonly memoryMiB: number;
  readonly cpus: number;
  readonly diskGiB: number;
}

/** The OpenStack that tests run on, as `test/openstack/bed/bootstrap/describe.py` wrote it down. */
export interface Bed {
  /** Folder of the bed's state, logs and credentials. */
  readonly home: string;
  /** Clouds `admin`, `elsewhere`, and one for each project of tests. */
  readonly cloudsYaml: string;
  /** Keystone, with `/v3`. */
  readonly authUrl: string;
  readonly region: string;
  /** Domain of all users and projects. */
  readonly domain: Named;
  /** `elsewhere`: the service user; admin and service in project `service`, member in the tenants' projects. */
  readonly users: {
    readonly admin: BedUser;
    readonly elsewhere: BedUser;
    readonly demo: BedTenant;
    readonly demo2: BedTenant;
  };
  /** The tiny public image: boots in seconds, in 96 MiB. */
  readonly image: Named;
  /** m1.tiny, m1.small, m1.medium. */
  readonly flavors: readonly BedFlavor[];
  readonly volumeTypes: readonly string[];
  readonly networks: {
    /** The external one, for floating IPs; this computer has the gateway's address. */
    readonly public: Named & { readonly subnet: BedSubnet };
    readonly demo: BedNetwork;
    readonly demo2: BedNetwork;
  };
  /** `fake`: nothing boots. `qemu`: real guests. Cinder has a zone of its own. */
  readonly zones: {
    readonly default: string;
    readonly compute: readonly string[];
    readonly volume: readonly string[];
  };
  /** What Neutron's metadata agent signs guests' requests with. */
  readonly metadataSecret: string;
  readonly heat: boolean;
}

type Pair = readonly [demo: string, demo2: string];

/** The projects that the guide's page names. */
export const pairOfTheGuide: Pair = ['demo', 'demo2'];

/** Projects of the bed: files that run side by side work in a pair each. */
const pairs: readonly Pair[] = [
  ['demo3', 'demo4'],
  ['demo5', 'demo6'],
  ['demo7', 'demo8'],
];

/**
 * The bed to test on. `demo` and `demo2` of what it tells are the pair of projects that this file has for itself: one of those
 * of all files, unless another is given.
 */
export function bed(given?: Pair): Bed {
  const path = process.env.ELSEWHERE_TEST_OPENSTACK;
  if (!path)
    throw new Error('ELSEWHERE_TEST_OPENSTACK must be the path of a bed.json: npm run test:openstack gives it');
  const whole = JSON.parse(readFileSync(path, 'utf8')) as Bed;
  // Vitest numbers its workers from 1.
  const pair = given ?? pairs[Number(process.env.VITEST_POOL_ID ?? 1) - 1];
  if (pair === undefined) throw new Error(`the bed has projects for ${pairs.length} files at a time`);
  const mine = <T>(all: Readonly<Record<string, unknown>>) => ({ demo: all[pair[0]] as T, demo2: all[pair[1]] as T });
  return {
    ...whole,
    users: { ...whole.users, ...mine<BedTenant>({ ...whole.users }) },
    networks: { ...whole.networks, ...mine<BedNetwork>({ ...whole.networks }) },
  };
}
