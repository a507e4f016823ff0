import type { Clock } from '../../ports/clock.ts';
import { type Call, type Capabilities, type Driver, DriverError, type Seen } from '../../ports/driver.ts';
import type { Random } from '../../ports/ids.ts';
import type { Log } from '../../ports/log.ts';
import type { Shelf } from '../../ports/store.ts';
import { createCatalogue } from './catalogue.ts';
import { OpenStackCompute } from './compute.ts';
import { createKeyAuthority } from './identity.ts';
import { createImageSharing } from './imageSharing.ts';
import { anyImage, bootImage } from './imageSources.ts';
import { createImages, type ImageRecord } from './images.ts';
import { createKeys } from './keys.ts';
import { createNetworks } from './networks.ts';
import { createAccountOf, type Standing } from './owners.ts';
import { createOwnImages } from './ownImages.ts';
import { createPlaces } from './places.ts';
import { createRecords, madeIn } from './records.ts';
import { createTransport } from './rest/request.ts';
import { createSession } from './rest/session.ts';
import { type MachineRecord, Servers } from './servers.ts';
import type { OpenStackSettings } from './settings.ts';
import { createSnapshots, type SnapshotRecord } from './snapshots.ts';
import { createVolumes, type VolumeRecord } from './volumes.ts';
import { createVolumeTypes } from './volumeTypes.ts';

export interface OpenStackParts {
  /** The region that the cloud is behind. */
  readonly region: string;
  readonly settings: OpenStackSettings;
  /** Where our ids and the cloud's are kept. Several processes may share it. */
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The id of the project that an account stands for, where Keystone has said it. */
  readonly projectOf: (account: string) => Promise<string | undefined>;
  /** The account that stands for a project, or will. */
  readonly accountOf: (project: string) => Promise<Standing>;
}

export const openStackCan: Capabilities = {
  consoleLog: true,
  volumes: true,
  snapshots: true,
  images: true,
  kernelImages: false,
  ownDiskImages: true,
  publicImages: false,
  virtioNames: true,
  elasticIps: false,
  localDisksStay: true,
};

/** An OpenStack. Nothing is asked of it before it is needed. */
export function createOpenStack(parts: OpenStackParts): Driver {
  const { region, settings, shelf, clock, log } = parts;
  const { transport, session, projectOf, placeOf, accountOf } = connect(parts);
  const snapshotRecords = createRecords<SnapshotRecord>(shelf, 'snapshot');
  const imageRecords = createRecords<ImageRecord>(shelf, 'image');
  const names = { made: () => madeIn([imageRecords, snapshotRecords], region), accountOf };
  const catalogue = createCatalogue({ region, session, shelf, clock, log, names, aliases: settings.aliases });
  const zones = () => catalogue.region(region).zones.map(({ name }) => name);
  const networks = createNetworks({ placeOf, zones, clock });

  const halfMade = () => images.halfMade({ account: '*', region });
  const others = createOwnImages({ placeOf, ...names, halfMade, shownAs: catalogue.shownAs });
  const volumes = createVolumes({
    records: createRecords<VolumeRecord>(shelf, 'volume'),
    snapshots: snapshotRecords,
    placeOf,
    types: createVolumeTypes(clock),
    snapshotOf: async (id, call) => (await catalogue.snapshotOf(id)) ?? others.snapshotOf(id, call),
  });
  const snapshots = createSnapshots({ records: snapshotRecords, placeOf, volumes });
  const servers = new Servers(createRecords<MachineRecord>(shelf, 'machine'), placeOf);
  const images = createImages({
    records: imageRecords,
    placeOf,
    snapshots,
    volumes,
    serverOf: async (id, call) => (await servers.need(id, call)).server.id,
    reboot: (id, call) => rebooted(compute, id, call),
    others: others.find,
  });
  const compute = new OpenStackCompute({
    servers,
    clock,
    keyNamed: createKeys(),
    subnetOf: networks.subnetOf,
    volumeOf: volumes.nativeOf,
    flavorOf: catalogue.flavorOf,
    imageOf: bootImage({ images, others, catalogue }),
    hardware: catalogue.hardware,
  });
  return {
    name: 'openstack',
    can: { ...openStackCan, publicImages: settings.publicImages },
    catalogue,
    compute,
    volumes,
    snapshots,
    images,
    networks,
    foreign: { images: others },
    imageSharing: createImageSharing({ placeOf, accountOf, projectOf, nativeOf: anyImage({ images, others }) }),
    identity: createKeyAuthority(session),
    ping: async () => void (await session.token()),
    close: () => transport.close(),
  };
}

/** The session of the user that works for everyone, and the ways from accounts to projects and back. */
function connect({ settings, clock, random, log, ...known }: OpenStackParts) {
  const transport = createTransport({ tls: settings.tls, timeouts: settings.timeouts, clock, log });
  const session = createSession({ auth: settings.auth, where: settings, transport, clock, random });
  const projectOf = async (account: string) => settings.projects[account] ?? known.projectOf(account);
  const accountOf = createAccountOf(session, settings.projects, known.accountOf);
  return { transport, session, projectOf, placeOf: createPlaces(session, projectOf), accountOf };
}

/** Reboots a machine that runs; one that is off has nothing in memory that an image would miss. */
async function rebooted(compute: OpenStackCompute, id: string, call: Call): Promise<Seen> {
  const seen = await compute.look(id, call);
  if (seen === undefined) throw new DriverError('invalid', `there is no machine ${id}`);
  return seen.settled && seen.power === 'off' ? seen : compute.reboot(id, call);
}
