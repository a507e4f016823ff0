import type { Clock } from '../../ports/clock.ts';
import { type Call, type Capabilities, type Driver, DriverError, type Seen } from '../../ports/driver.ts';
import type { Random } from '../../ports/ids.ts';
import type { Log } from '../../ports/log.ts';
import type { Shelf } from '../../ports/store.ts';
import { type AddressRecord, createAddresses } from './addresses.ts';
import { createCatalogue, type OpenStackCatalogue } from './catalogue.ts';
import { OpenStackCompute } from './compute.ts';
import { createForeign } from './foreign/foreign.ts';
import { createKeyAuthority } from './identity.ts';
import { createImages, type ImageRecord } from './images.ts';
import { createKeys } from './keys.ts';
import { withNatives } from './natives.ts';
import { createNetworks } from './networks.ts';
import { createPlaces, projectFrom } from './places.ts';
import { createRecords } from './records.ts';
import { identityAnswers } from './rest/keystone.ts';
import { createTransport } from './rest/request.ts';
import { createSession, type Session } from './rest/session.ts';
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
}

export const openStackCan: Capabilities = {
  consoleLog: true,
  volumes: true,
  snapshots: true,
  images: true,
  kernelImages: false,
  elasticIps: true,
  localDisksStay: true,
};

/** An OpenStack. Nothing is asked of it before it is needed. */
export function createOpenStack(parts: OpenStackParts): Driver {
  const { region, settings, shelf, clock, random, log } = parts;
  const transport = createTransport({ tls: settings.tls, timeouts: settings.timeouts, clock, log });
  const session = createSession({ auth: settings.auth, where: settings, transport, clock, random });
  const placeOf = createPlaces(session, async (account) => settings.projects[account] ?? parts.projectOf(account));
  const catalogue = createCatalogue({ region, session, shelf, clock, log, aliases: settings.aliases });
  const zones = () => catalogue.region(region).zones.map(({ name }) => name);
  const own = createNetworks({ placeOf, zones, clock });
  const records = recordsOn(shelf);
  const addresses = createAddresses({ records: records.addresses, placeOf, externalOf: own.externalOf });
  const volumes = createVolumes({
    records: records.volumes,
    snapshots: records.snapshots,
    placeOf,
    types: createVolumeTypes(clock),
    snapshotOf: catalogue.snapshotOf,
  });
  const snapshots = createSnapshots({ records: records.snapshots, placeOf, volumes });
  const servers = new Servers(records.machines, placeOf);
  const images = createImages({
    records: records.images,
    placeOf,
    snapshots,
    volumes,
    serverOf: async (id, call) => (await servers.need(id, call)).server.id,
    reboot: (id, call) => rebooted(compute, id, call),
  });
  const compute = new OpenStackCompute({
    servers,
    clock,
    keyNamed: createKeys(),
    subnetOf: own.subnetOf,
    volumeOf: volumes.nativeOf,
    flavorOf: catalogue.flavorOf,
    imageOf: async (id, call) => (await images.nativeOf(id, call)) ?? catalogue.imageOf(id),
    hardware: catalogue.hardware,
  });
  return {
    name: 'openstack',
    can: openStackCan,
    catalogue,
    compute,
    volumes,
    snapshots,
    images,
    networks: { ...own, addresses },
    foreign: {
      ...createForeign({ ...records, placeOf, clock, zones, catalogue }),
      machineOf: records.machines.idOf,
      projectOf: projectFrom(placeOf),
    },
    identity: createKeyAuthority(session),
    ping: () => answers(catalogue, session),
    close: () => transport.close(),
  };
}

async function answers(catalogue: OpenStackCatalogue, session: Session): Promise<void> {
  await catalogue.check();
  // A token that is kept says nothing of Keystone, which is asked who signed each request.
  await identityAnswers(session);
}

const recordsOn = (shelf: Shelf) => ({
  machines: withNatives(createRecords<MachineRecord>(shelf, 'machine'), shelf, 'machine'),
  volumes: createRecords<VolumeRecord>(shelf, 'volume'),
  snapshots: createRecords<SnapshotRecord>(shelf, 'snapshot'),
  images: createRecords<ImageRecord>(shelf, 'image'),
  addresses: createRecords<AddressRecord>(shelf, 'address'),
});

/** Reboots a machine that runs; one that is off has nothing in memory that an image would miss. */
async function rebooted(compute: OpenStackCompute, id: string, call: Call): Promise<Seen> {
  const seen = await compute.look(id, call);
  if (seen === undefined) throw new DriverError('invalid', `there is no machine ${id}`);
  return seen.settled && seen.power === 'off' ? seen : compute.reboot(id, call);
}
