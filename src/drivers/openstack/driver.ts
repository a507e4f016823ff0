import type { Clock } from '../../ports/clock.ts';
import {
  type Call,
  type Capabilities,
  type Driver,
  DriverError,
  type Seen,
  type StorageAsked,
} from '../../ports/driver.ts';
import type { Random } from '../../ports/ids.ts';
import type { Log } from '../../ports/log.ts';
import type { Shelf } from '../../ports/store.ts';
import { createCatalogue, type OpenStackCatalogue } from './catalogue.ts';
import { claim, type IsTaken } from './claims.ts';
import { OpenStackCompute } from './compute.ts';
import { createForeign } from './foreign/foreign.ts';
import { createKeyAuthority } from './identity.ts';
import { hasVolumes } from './images/foreignImages.ts';
import { createImageSharing } from './images/imageSharing.ts';
import { anyImage, bootImage } from './images/imageSources.ts';
import { createOwnImages } from './images/ownImages.ts';
import { createImages, type ImageRecord } from './images.ts';
import { createHealths } from './machines/healths.ts';
import { createKeys } from './machines/keys.ts';
import { createRoom } from './machines/room.ts';
import { type MachineRecord, Servers } from './machines/servers.ts';
import { createSightings } from './machines/sightings.ts';
import { withNatives } from './natives.ts';
import type { AddressRecord } from './neutron/addresses.ts';
import type { GroupRecord } from './neutron/groups.ts';
import { createNeutron } from './neutron/neutron.ts';
import { createAccountOf, type Standing } from './owners.ts';
import { createPlaces, projectFrom } from './places.ts';
import { createRecords, madeIn } from './records.ts';
import type { Image } from './rest/glance.ts';
import { identityAnswers } from './rest/keystone.ts';
import { createTransport } from './rest/request.ts';
import { createSession, type Session } from './rest/session.ts';
import type { OpenStackSettings } from './settings.ts';
import { createSnapshots, type SnapshotRecord } from './snapshots.ts';
import { askedTypes } from './storage/askedTypes.ts';
import { storageLeft } from './storage/storageLeft.ts';
import { createVolumeTypes } from './storage/volumeTypes.ts';
import { createUserKeys } from './userKeys.ts';
import { createVolumes, type VolumeRecord } from './volumes.ts';

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
  /** Whether anything in the store has an id. */
  readonly isTaken: IsTaken;
}

export const openStackCan: Capabilities = {
  consoleLog: true,
  latestConsole: true,
  volumes: true,
  encryptedVolumes: false,
  multiAttach: false,
  otherVolumeTypes: false,
  volumePerformance: false,
  detachRoot: false,
  snapshots: true,
  images: true,
  kernelImages: false,
  ownDiskImages: true,
  shareSnapshotImages: false,
  virtioNames: true,
  elasticIps: true,
  chosenAddresses: false,
  automaticAddresses: false,
  everyRule: false,
  sourceDestCheck: false,
  localDisksStay: true,
  ownDisks: false,
  otherTypes: true,
  screenshots: false,
  openConsoles: false,
};

/** An OpenStack. Nothing is asked of it before it is needed. */
export function createOpenStack(parts: OpenStackParts): Driver {
  const cloud = connect(parts);
  const { session, placeOf, catalogue, records, zones, accountOf } = cloud;
  const neutron = createNeutron({ records, placeOf, zones, clock: parts.clock, isTaken: parts.isTaken });
  const storage = createStorage(cloud, parts, (id, call) => rebooted(compute, id, call));
  const { volumes, snapshots, images, others } = storage;
  const told = { sightings: createSightings(parts.clock), healths: createHealths(parts.clock) };
  const compute = new OpenStackCompute({
    servers: storage.servers,
    ...told,
    clock: parts.clock,
    withKey: createKeys(),
    ...neutron.around,
    volumeOf: volumes.nativeOf,
    flavorOf: catalogue.flavorOf,
    flavorName: catalogue.flavorName,
    imageOf: bootImage({ images, others, catalogue }),
    hardware: catalogue.hardware,
    flavor: catalogue.flavor,
    roomOnHosts: createRoom({ session, clock: parts.clock, log: parts.log }),
  });
  return {
    name: 'openstack',
    can: openStackCan,
    catalogue,
    compute,
    volumes,
    snapshots,
    images,
    networks: neutron.networks,
    foreign: {
      ...createForeign({
        ...records,
        ...{ placeOf, clock: parts.clock, isTaken: parts.isTaken },
        ...told,
        zones,
        catalogue,
        volumeTypes: storage.types,
      }),
      ...neutron.foreign,
      images: others,
      machineOf: records.machines.idOf,
      projectOf: projectFrom(placeOf),
      accountOf,
    },
    imageSharing: createImageSharing({
      ...{ placeOf, accountOf },
      nativeOf: anyImage({ images, others }),
      changed: others.sharesChanged,
    }),
    identity: createKeyAuthority(session, createUserKeys(parts.clock, parts.log)),
    storageQuota: storage.quota,
    ping: () => answers(catalogue, session),
    close: () => cloud.transport.close(),
  };
}

type Cloud = ReturnType<typeof connect>;

/** The session of the user that works for everyone, the ways from accounts to projects and back, and what the cloud offers. */
function connect({ region, settings, shelf, clock, random, log, ...known }: OpenStackParts) {
  const transport = createTransport({ tls: settings.tls, timeouts: settings.timeouts, clock, log });
  const session = createSession({ auth: settings.auth, where: settings, transport, clock, random });
  const accountOf = createAccountOf(session, settings.projects, known.accountOf);
  const records = {
    machines: withNatives(createRecords<MachineRecord>(shelf, 'machine'), shelf, 'machine'),
    volumes: createRecords<VolumeRecord>(shelf, 'volume'),
    snapshots: createRecords<SnapshotRecord>(shelf, 'snapshot'),
    images: createRecords<ImageRecord>(shelf, 'image'),
    addresses: createRecords<AddressRecord>(shelf, 'address'),
    groups: createRecords<GroupRecord>(shelf, 'group'),
  };
  const made = (found: readonly Image[]) =>
    madeIn(found.some(hasVolumes) ? [records.images, records.snapshots] : [records.images], region);
  const names = { made, accountOf };
  const projectOf = async (account: string) => settings.projects[account] ?? known.projectOf(account);
  const placeOf = createPlaces({ session, projectOf, credentials: settings.credentials });
  const { aliases } = settings;
  const catalogue = createCatalogue({ region, session, placeOf, shelf, clock, log, names, aliases });
  const zones = () => catalogue.region(region).zones.map(({ name }) => name);
  return { transport, session, accountOf, placeOf, records, names, catalogue, zones };
}

/** Volumes, snapshots and images, which are made of each other. */
function createStorage(
  { placeOf, records, names, catalogue }: Cloud,
  { clock, region, isTaken, settings }: OpenStackParts,
  reboot: (id: string, call: Call) => Promise<Seen>,
) {
  const claimImage = (id: string, native: string, call: Call) =>
    claim(records.images, isTaken, id, { account: call.account, native }, call);
  const halfMade = () => images.halfMade({ account: '*', region });
  const others = createOwnImages({ placeOf, clock, ...names, halfMade, shownAs: catalogue.shownAs, claim: claimImage });
  const types = createVolumeTypes(clock, settings.volumeTypes);
  const volumes = createVolumes({
    records: records.volumes,
    snapshots: records.snapshots,
    placeOf,
    types,
    snapshotOf: async (id, call) => (await catalogue.snapshotOf(id)) ?? others.snapshotOf(id, call),
  });
  const snapshots = createSnapshots({ records: records.snapshots, placeOf, volumes, machines: records.machines });
  const servers = new Servers(records.machines, placeOf);
  const images = createImages({
    records: records.images,
    placeOf,
    snapshots,
    volumes,
    serverOf: async (id, call) => (await servers.need(id, call)).server.id,
    reboot,
    others: others.find,
  });
  const quota = async (asked: readonly StorageAsked[], call: Call) =>
    storageLeft(await placeOf(call.account), asked, askedTypes({ placeOf, types, volumes }, call), call.signal);
  return { servers, volumes, snapshots, images, others, quota, types };
}

async function answers(catalogue: OpenStackCatalogue, session: Session): Promise<void> {
  await catalogue.check();
  // A token that is kept says nothing of Keystone, which is asked who signed each request.
  await identityAnswers(session);
}

/** Reboots a machine that runs; one that is off has nothing in memory that an image would miss. */
async function rebooted(compute: OpenStackCompute, id: string, call: Call): Promise<Seen> {
  const seen = await compute.look(id, call);
  if (seen === undefined) throw new DriverError('invalid', `there is no machine ${id}`);
  return seen.settled && seen.power === 'off' ? seen : compute.reboot(id, call);
}
