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

/** Builds the rows of the instance that is the `index`th of its launch. */
export function rowsOf(
  tx: Writing,
  plan: LaunchPlan,
  common: CommonRow,
  index: number,
  given: readonly GivenAddresses[],
): LaunchRows {
  const id = tx.newId(instance);
  const volumes = plan.disks.map((disk) => volumeOf(tx, plan, id, disk));
  const shown = plan.interfaces.map((n, at) => shownInterface(tx, plan, n, given[at]!));
  const made = shown.filter((_, at) => plan.interfaces[at]!.existing === undefined);
  return {
    volumes,
    interfaces: made.map((n) => interfaceOf(plan, id, n)),
    instance: Object.assign({}, common, placeOf(tx, plan, id, shown), {
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
    }),
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
    attachment: `eni-attach-${tx.world.random.hex(17)}`,
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
