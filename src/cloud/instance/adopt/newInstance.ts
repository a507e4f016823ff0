import type { ForeignMachine } from '../../../ports/foreign.ts';
import { rowOf } from '../../context/rows.ts';
import type { NewRow, Writing } from '../../context/writing.ts';
import { image } from '../../image/image.ts';
import type { ImageRow } from '../../image/row.ts';
import { privateDnsName, publicDnsName } from '../../interface/dns.ts';
import { mergedTags } from '../../tag/mergedTags.ts';
import { instance } from '../instance.ts';
import { stateReasons, userInitiated } from '../reasons.ts';
import type { InstanceInterface, InstanceRow } from '../row.ts';
import { coresOf, countVcpus } from './cores.ts';
import { showDisks } from './disks.ts';
import { insertInterfaces } from './network.ts';

/** Adds the instance of a machine that others made. */
export async function addInstance(tx: Writing, machine: ForeignMachine): Promise<void> {
  const { id } = machine;
  const interfaces = await insertInterfaces(tx, id, machine.zone, machine.interfaces, []);
  const picture = machine.image === undefined ? undefined : await findImage(tx, machine.image);
  const row: NewRow<InstanceRow> = {
    id,
    adopted: true,
    createdAt: machine.launchedAt,
    reservation: `r-${id.slice(2)}`,
    launchIndex: 0,
    image: machine.image ?? '',
    ...ofImage(picture, machine),
    ...defaults,
    ...(machine.keyName !== undefined && { keyName: machine.keyName }),
    ...placed(tx, machine),
    launchedAt: machine.launchedAt,
    instanceType: machine.instanceType,
    cores: coresOf(tx, machine.instanceType),
    state: machine.state === 'terminated' ? 'stopped' : machine.state,
    ...reasonsOf(machine, tx.now),
    ...networkOf(tx.region, interfaces),
    blockDevices: [],
    ...mergedTags({ tags: {} }, machine),
    ...(machine.state === 'stopped' && { vcpusFreed: true }),
  };
  await tx.give('instances', -1);
  await countVcpus(tx, row);
  const inserted = await tx.insert(instance, row);
  await tx.update(instance, inserted, await showDisks(tx, inserted, machine.disks));
}

/** The state's reason in EC2's words: a fault, somebody's wish, or none. */
export function reasonsOf(
  { state, fault }: ForeignMachine,
  now: number,
): Partial<InstanceRow> & { transitionReason: string } {
  const { code } = stateReasons.internal;
  if (fault !== undefined) return { stateReason: { code, message: `${code}: ${fault}` }, transitionReason: code };
  if (state === 'pending') return { stateReason: stateReasons.pending, transitionReason: '' };
  if (state === 'running') return { stateReason: undefined, transitionReason: '' } as never;
  return { stateReason: stateReasons.userShutdown, transitionReason: userInitiated(now) };
}

export const placed = (tx: Writing, { zone }: ForeignMachine) => ({
  zone,
  zoneId: tx.here.facts.zones.find(({ name }) => name === zone)?.id ?? zone,
});

/** What an instance shows of its interfaces as its own. */
export function networkOf(region: string, interfaces: readonly InstanceInterface[]) {
  const primary = interfaces.find((one) => one.deviceIndex === 0);
  const ip = primary?.publicAddress?.ip;
  return {
    interfaces,
    groups: primary?.groups ?? [],
    sourceDestCheck: primary?.sourceDestCheck ?? true,
    privateDns: primary === undefined ? '' : privateDnsName(region, primary.privateIps[0]!),
    publicDns: ip === undefined ? '' : publicDnsName(region, ip),
    ...(primary !== undefined && { vpc: primary.vpc, subnet: primary.subnet, privateIp: primary.privateIps[0]! }),
  };
}

/** An image that the account may see: its own, a shared or a public one. */
export async function findImage({ reader, account, region }: Writing, id: string): Promise<ImageRow | undefined> {
  const [found] = await reader.items({ kind: image.kind, region, account, audience: ['all', account], ids: [id] });
  return found && rowOf<ImageRow>(found);
}

/** What an instance has from its image; what is usual where nobody knows the image. */
export function ofImage(picture: ImageRow | undefined, { image: id, disks }: ForeignMachine) {
  const booted = [...disks].sort((one, other) => (one.device < other.device ? -1 : 1))[0]?.device;
  const root = picture?.rootDeviceName ?? booted ?? '/dev/vda';
  return {
    imageName: picture?.name ?? id ?? '',
    architecture: picture?.architecture ?? 'x86_64',
    ...(picture?.platform && { platform: picture.platform }),
    platformDetails: picture?.platformDetails ?? 'Linux/UNIX',
    usageOperation: picture?.usageOperation ?? 'RunInstances',
    virtualization: picture?.virtualization ?? ('hvm' as const),
    hypervisor: picture?.hypervisor ?? ('xen' as const),
    ...(picture?.bootMode && { bootMode: picture.bootMode }),
    enaSupport: picture?.enaSupport ?? false,
    rootDeviceType: picture?.rootDeviceType ?? (id === undefined ? ('ebs' as const) : ('instance-store' as const)),
    rootDeviceName: id === undefined ? (booted ?? root) : root,
  };
}

/** What EC2 gives instances whose launch says nothing of it. */
const defaults = {
  tenancy: 'default',
  shutdownBehavior: 'stop',
  disableApiTermination: false,
  disableApiStop: false,
  ebsOptimized: false,
  monitoring: 'disabled',
  threadsPerCore: 1,
  metadata: { tokens: 'optional', hopLimit: 1, endpoint: 'enabled', ipv6: 'disabled', tags: 'disabled' },
  autoRecovery: 'default',
} as const;
