import type { NewRow } from '../src/cloud/context/writing.ts';
import type { InstanceInterface, InstanceRow } from '../src/cloud/instance/row.ts';
import { privateDnsName, publicDnsName } from '../src/cloud/interface/dns.ts';
import type { SubnetRow } from '../src/cloud/subnet/row.ts';
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

/** The rows of one launch of `count` instances, as RunInstances leaves them when they run, with tags, a key and a public address each. */
export function launch(random: Random, home: Home, count: number, now: number): readonly NewRow<InstanceRow>[] {
  const reservation = newId(random, 'r');
  return Array.from({ length: count }, (_, index) => one(random, home, reservation, index, now));
}

function one(random: Random, home: Home, reservation: string, index: number, now: number): NewRow<InstanceRow> {
  const ip = `10.${home.network[0]}.${home.third}.${index + 4}`;
  const publicIp = `54.${home.network[1]}.${home.third}.${index + 4}`;
  const volume = newId(random, 'vol');
  return {
    ...same,
    id: newId(random, 'i'),
    tags: { Name: `web-${home.network[0]}-${home.third}-${index}`, environment: 'production', team: 'platform' },
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
    interfaces: [interfaceOf(random, home, ip, publicIp, now)],
    blockDevices: [{ device: '/dev/xvda', volume, state: 'attached', attachedAt: now, deleteOnTermination: true }],
  };
}

function interfaceOf(random: Random, home: Home, ip: string, publicIp: string, now: number): InstanceInterface {
  return {
    id: newId(random, 'eni'),
    attachment: newId(random, 'eni-attach'),
    deviceIndex: 0,
    deleteOnTermination: true,
    attachedAt: now,
    state: 'attached',
    description: '',
    mac: `0a:ff:${random.hex(8).match(/../g)!.join(':')}`,
    vpc: home.subnet.vpc,
    subnet: home.subnet.id,
    privateIps: [ip],
    groups: [home.group],
    sourceDestCheck: true,
    publicAddress: { ip: publicIp, owner: 'amazon' },
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
