import type { NewRow } from '../src/cloud/context/writing.ts';
import type { InstanceRow } from '../src/cloud/instance/row.ts';
import { privateDnsName, publicDnsName } from '../src/cloud/interface/dns.ts';
import type { InterfaceRow } from '../src/cloud/interface/row.ts';
import type { SubnetRow } from '../src/cloud/subnet/row.ts';
import type { VolumeRow } from '../src/cloud/volume/row.ts';
import type { Random } from '../src/ports/ids.ts';
import { newId } from '../src/ports/ids.ts';

/** Where the instances of a launch go. */
export interface Home {
  readonly region: string;
  readonly subnet: SubnetRow;
  readonly group: { readonly id: string; readonly name: string };
  /** First two numbers of private and public addresses, third number of both. */
  readonly network: readonly [number, number];
  readonly third: number;
}

/** One instance with what comes with it, as RunInstances leaves them when the instance runs. */
export interface Launched {
  readonly instance: NewRow<InstanceRow>;
  readonly volume: NewRow<VolumeRow>;
  readonly interface: NewRow<InterfaceRow>;
}

/** The rows of one launch of `count` instances with tags, a key and a public address each. */
export function launch(random: Random, home: Home, count: number, now: number): readonly Launched[] {
  const reservation = newId(random, 'r');
  return Array.from({ length: count }, (_, index) => one(random, home, reservation, index, now));
}

function one(random: Random, home: Home, reservation: string, index: number, now: number): Launched {
  const id = newId(random, 'i');
  const volume = newId(random, 'vol');
  const ip = `10.${home.network[0]}.${home.third}.${index + 4}`;
  const publicIp = `54.${home.network[1]}.${home.third}.${index + 4}`;
  const name = `web-${home.network[0]}-${home.third}-${index}`;
  const net = interfaceOf(random, home, id, ip, publicIp, now);
  return {
    instance: {
      ...same,
      id,
      tags: { Name: name, environment: 'production', team: 'platform' },
      reservation,
      launchIndex: index,
      launchedAt: now,
      createdAt: now,
      clientToken: `${random.hex(8)}-${random.hex(4)}-${random.hex(4)}-${random.hex(12)}`,
      zone: home.subnet.zone,
      zoneId: home.subnet.zoneId,
      vpc: home.subnet.vpc,
      subnet: home.subnet.id,
      privateIp: ip,
      privateDns: privateDnsName(home.region, ip),
      publicDns: publicDnsName(home.region, publicIp),
      groups: [home.group],
      interfaces: [shown(net, index)],
      blockDevices: [{ device: '/dev/xvda', volume, state: 'attached', attachedAt: now, deleteOnTermination: true }],
    },
    volume: {
      id: volume,
      state: 'in-use',
      zone: home.subnet.zone,
      zoneId: home.subnet.zoneId,
      sizeGiB: 8,
      type: 'gp3',
      iops: 3000,
      throughput: 125,
      snapshot: 'snap-0a1b2c3d4e5f60718',
      encrypted: false,
      multiAttach: false,
      attachments: [
        { instance: id, device: '/dev/xvda', state: 'attached', attachedAt: now, deleteOnTermination: true },
      ],
    },
    interface: net,
  };
}

type FullInterface = NewRow<InterfaceRow> & { readonly id: string };

function interfaceOf(
  random: Random,
  home: Home,
  instance: string,
  ip: string,
  publicIp: string,
  now: number,
): FullInterface {
  return {
    id: newId(random, 'eni'),
    state: 'in-use',
    vpc: home.subnet.vpc,
    subnet: home.subnet.id,
    zone: home.subnet.zone,
    zoneId: home.subnet.zoneId,
    description: '',
    privateIps: [ip],
    mac: `0a:ff:${random.hex(8).match(/../g)!.join(':')}`,
    groups: [home.group],
    sourceDestCheck: true,
    attachment: {
      id: newId(random, 'eni-attach'),
      instance,
      deviceIndex: 0,
      deleteOnTermination: true,
      attachedAt: now,
    },
    publicAddress: { ip: publicIp, owner: 'amazon' },
    autoPublicAddress: true,
  };
}

/** The interface as the instance's row has it. */
function shown(net: FullInterface, _index: number): InstanceRow['interfaces'][number] {
  const { id, description, mac, vpc, subnet, privateIps, groups, sourceDestCheck, publicAddress, attachment } = net;
  return {
    id,
    attachment: attachment!.id,
    deviceIndex: 0,
    deleteOnTermination: true,
    attachedAt: attachment!.attachedAt,
    state: 'attached',
    description,
    mac,
    vpc,
    subnet,
    privateIps,
    groups,
    sourceDestCheck,
    ...(publicAddress && { publicAddress }),
    autoPublicAddress: true,
  };
}

const same = {
  state: 'running',
  transitionReason: '',
  instanceType: 't3.micro',
  image: 'ami-0123456789abcdef0',
  imageName: 'al2023-ami-2023.6.20250107.0-kernel-6.1-x86_64',
  architecture: 'x86_64',
  platformDetails: 'Linux/UNIX',
  usageOperation: 'RunInstances',
  virtualization: 'hvm',
  hypervisor: 'xen',
  bootMode: 'uefi-preferred',
  currentBootMode: 'uefi',
  enaSupport: true,
  rootDeviceType: 'ebs',
  rootDeviceName: '/dev/xvda',
  keyName: 'bench',
  publicKey: `ssh-ed25519 ${'A'.repeat(68)} bench`,
  tenancy: 'default',
  sourceDestCheck: true,
  shutdownBehavior: 'stop',
  disableApiTermination: false,
  disableApiStop: false,
  ebsOptimized: false,
  monitoring: 'disabled',
  cores: 1,
  threadsPerCore: 2,
  metadata: { tokens: 'required', hopLimit: 2, endpoint: 'enabled', ipv6: 'disabled', tags: 'disabled' },
  autoRecovery: 'default',
} as const;
