import type { NewRow, Writing } from '../../context/writing.ts';
import { privateDnsName, publicDnsName, resourceDnsName } from '../../interface/dns.ts';
import { networkInterface } from '../../interface/interface.ts';
import { newMac } from '../../interface/mac.ts';
import type { InterfaceRow } from '../../interface/row.ts';
import type { VolumeRow } from '../../volume/row.ts';
import { volume } from '../../volume/volume.ts';
import { instance } from '../instance.ts';
import type { InstanceInterface, InstanceRow } from '../row.ts';
import type { GivenAddresses } from './addresses.ts';
import { alike } from './alike.ts';
import type { CommonRow } from './common.ts';
import type { PlannedInterface } from './network.ts';
import type { LaunchPlan } from './plan.ts';

type WithId<R extends InstanceRow | VolumeRow | InterfaceRow> = NewRow<R> & { readonly id: string };

/** The rows of one instance of a launch: itself, its volumes and the interfaces that are made for it. */
export interface LaunchRows {
  readonly instance: WithId<InstanceRow>;
  readonly volumes: readonly WithId<VolumeRow>[];
  readonly interfaces: readonly WithId<InterfaceRow>[];
}

/** From so many instances on, generating the function that puts their rows together costs less than it spares. */
const many = 16;

/** Builds the rows of all instances of a launch; `given`: their addresses. */
export function rowsOf(
  tx: Writing,
  plan: LaunchPlan,
  common: CommonRow,
  given: readonly (readonly GivenAddresses[])[],
): readonly LaunchRows[] {
  const made = given.map((addresses, index) => partsOf(tx, plan, index, addresses));
  const { place, own } = made[0]!;
  const together =
    made.length < many
      ? (one: CommonRow, two: typeof place, three: typeof own) => Object.assign({}, one, two, three)
      : alike(common, place, own);
  return made.map((each) => ({
    volumes: each.volumes,
    interfaces: each.interfaces,
    instance: together(common, each.place, each.own),
  }));
}

/** What is one instance's own: the `index`th of its launch. */
function partsOf(tx: Writing, plan: LaunchPlan, index: number, given: readonly GivenAddresses[]) {
  const id = tx.newId(instance);
  const volumes = plan.disks.map((disk) => volumeOf(tx, plan, id, disk));
  const shown = plan.interfaces.map((n, at) => shownInterface(tx, plan, n, given[at]!));
  const made = shown.filter((_, at) => plan.interfaces[at]!.existing === undefined);
  return {
    volumes,
    interfaces: made.map((n) => interfaceOf(plan, id, n)),
    place: placeOf(tx, plan, id, shown),
    own: {
      id,
      launchIndex: index,
      interfaces: shown.length === 1 ? shown : shown.toSorted((a, b) => a.deviceIndex - b.deviceIndex),
      blockDevices: plan.disks.map((disk, at) => ({
        device: disk.device,
        volume: volumes[at]!.id,
        state: 'attaching' as const,
        attachedAt: tx.now,
        deleteOnTermination: disk.deleteOnTermination,
      })),
    },
  };
}

/** The instance itself has the place, the names and the groups of its first interface. */
function placeOf(tx: Writing, plan: LaunchPlan, id: string, shown: readonly InstanceInterface[]) {
  const primary = shown.find((n) => n.deviceIndex === 0)!;
  const privateIp = primary.privateIps[0]!;
  const byResource = plan.settings.hostname?.type === 'resource-name';
  return {
    vpc: primary.vpc,
    subnet: primary.subnet,
    privateIp,
    privateDns: byResource ? resourceDnsName(tx.region, id) : privateDnsName(tx.region, privateIp),
    publicDns: primary.publicAddress === undefined ? '' : publicDnsName(tx.region, primary.publicAddress.ip),
    sourceDestCheck: primary.sourceDestCheck,
    groups: primary.groups,
  };
}

const volumeOf = (
  tx: Writing,
  plan: LaunchPlan,
  instanceId: string,
  disk: LaunchPlan['disks'][number],
): WithId<VolumeRow> => ({
  ...disk.volume,
  id: tx.newId(volume),
  state: 'creating',
  zone: plan.zone.name,
  multiAttach: false,
  attachments: [
    {
      instance: instanceId,
      device: disk.device,
      state: 'attaching',
      attachedAt: tx.now,
      deleteOnTermination: disk.deleteOnTermination,
    },
  ],
  tags: plan.tags.volume,
});

function shownInterface(tx: Writing, plan: LaunchPlan, n: PlannedInterface, given: GivenAddresses): InstanceInterface {
  const { existing } = n;
  const publicAddress =
    given.publicIp === undefined ? existing?.publicAddress : { ip: given.publicIp, owner: 'amazon' };
  const tags = existing?.tags ?? plan.tags.interface;
  return {
    id: existing?.id ?? tx.newId(networkInterface),
    attachment: `eni-attach-${tx.world.random.id()}`,
    deviceIndex: n.deviceIndex,
    deleteOnTermination: n.deleteOnTermination,
    attachedAt: tx.now,
    state: 'attaching',
    description: n.description,
    mac: existing?.mac ?? newMac(tx.world.random),
    vpc: n.subnet.vpc,
    subnet: n.subnet.id,
    privateIps: given.privateIps,
    groups: n.groups,
    sourceDestCheck: existing?.sourceDestCheck ?? true,
    ...(publicAddress && { publicAddress }),
    ...(existing?.secondaryAddresses && { secondaryAddresses: existing.secondaryAddresses }),
    ...(n.publicIp && { autoPublicAddress: true }),
    ...(Object.keys(tags).length > 0 && { tags }),
  };
}

const interfaceOf = (plan: LaunchPlan, instanceId: string, n: InstanceInterface): WithId<InterfaceRow> => ({
  id: n.id,
  state: 'in-use',
  vpc: n.vpc,
  subnet: n.subnet,
  zone: plan.zone.name,
  zoneId: plan.zone.id,
  description: n.description,
  privateIps: n.privateIps,
  mac: n.mac,
  groups: n.groups,
  sourceDestCheck: n.sourceDestCheck,
  attachment: attachmentOf(instanceId, n),
  ...(n.publicAddress && { publicAddress: n.publicAddress }),
  ...(n.autoPublicAddress && { autoPublicAddress: true }),
  tags: plan.tags.interface,
});

/** The attachment as the interface's own row keeps it. */
export const attachmentOf = (instanceId: string, n: InstanceInterface): NonNullable<InterfaceRow['attachment']> => ({
  id: n.attachment,
  instance: instanceId,
  deviceIndex: n.deviceIndex,
  deleteOnTermination: n.deleteOnTermination,
  attachedAt: n.attachedAt,
});
