import type { Clock } from '../../ports/clock.ts';
import { type Call, type Capabilities, type Driver, DriverError, type Seen } from '../../ports/driver.ts';
import type { Random } from '../../ports/ids.ts';
import type { Log } from '../../ports/log.ts';
import type { Shelf } from '../../ports/store.ts';
import { createCatalogue } from './catalogue.ts';
import { OpenStackCompute } from './compute.ts';
import { createKeyAuthority } from './identity.ts';
import { createImages, type ImageRecord } from './images.ts';
import { createKeys } from './keys.ts';
import { createNetworks } from './networks.ts';
import { createPlaces } from './places.ts';
import { createRecords } from './records.ts';
import { identityAnswers } from './rest/keystone.ts';
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
}

export const openStackCan: Capabilities = {
  consoleLog: true,
  latestConsole: true,
  volumes: true,
  snapshots: true,
  images: true,
  kernelImages: false,
  elasticIps: false,
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
  const networks = createNetworks({ placeOf, zones, clock });

  const snapshotRecords = createRecords<SnapshotRecord>(shelf, 'snapshot');
  const volumes = createVolumes({
    records: createRecords<VolumeRecord>(shelf, 'volume'),
    snapshots: snapshotRecords,
    placeOf,
    types: createVolumeTypes(clock),
    snapshotOf: catalogue.snapshotOf,
  });
  const snapshots = createSnapshots({ records: snapshotRecords, placeOf, volumes });
  const servers = new Servers(createRecords<MachineRecord>(shelf, 'machine'), placeOf);
  const images = createImages({
    records: createRecords<ImageRecord>(shelf, 'image'),
    placeOf,
    snapshots,
    volumes,
    serverOf: async (id, call) => (await servers.need(id, call)).server.id,
    reboot: (id, call) => rebooted(compute, id, call),
  });
  const compute = new OpenStackCompute({
    servers,
    clock,
    withKey: createKeys(),
    subnetOf: networks.subnetOf,
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
    networks,
    identity: createKeyAuthority(session),
    ping: async () => {
      await catalogue.check();
      // A token that is kept says nothing of Keystone, which is asked who signed each request.
      await identityAnswers(session);
    },
    close: () => transport.close(),
  };
}

/** Reboots a machine that runs; one that is off has nothing in memory that an image would miss. */
async function rebooted(compute: OpenStackCompute, id: string, call: Call): Promise<Seen> {
  const seen = await compute.look(id, call);
  if (seen === undefined) throw new DriverError('invalid', `there is no machine ${id}`);
  return seen.settled && seen.power === 'off' ? seen : compute.reboot(id, call);
}
