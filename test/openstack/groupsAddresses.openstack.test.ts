import { type EC2, waitUntilInstanceRunning, waitUntilInstanceTerminated } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { clear, launch, patience, portsOf, refused, shown, tinyImage, until } from './support/life.ts';
import { answersAt, clearNetwork, floatingIps, groupNamed, ruleTexts, securityGroups } from './support/publicSide.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo } = bed.users;
const [fake, qemu] = bed.zones.compute as [string, string];
const inZone = (AvailabilityZone: string) => ({ Placement: { AvailabilityZone } });

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let image: string;

beforeAll(async () => {
  openstack = await logIn(bed, demo);
  await clearNetwork(openstack);
  server = await BedServer.start(bed);
  ec2 = server.ec2(demo.ec2);
  image = await tinyImage(ec2, bed);
});
afterAll(async () => {
  await clear(ec2);
  expect(await server.stop()).toBe(0);
  await clearNetwork(openstack);
});

describe('an Elastic IP', () => {
  let allocation: string;
  let ip: string;
  let id: string;

  it('is answered with the address that Neutron chose', async () => {
    const made = await ec2.allocateAddress({ Domain: 'vpc' });
    expect(made).toMatchObject({ Domain: 'vpc', AllocationId: expect.stringMatching(/^eipalloc-[0-9a-f]{17}$/) });
    allocation = made.AllocationId!;
    ip = made.PublicIp!;
    expect(await floatingIps(openstack)).toMatchObject([{ floating_ip_address: ip, description: allocation }]);
    const { Addresses } = await ec2.describeAddresses({});
    expect(Addresses).toMatchObject([{ AllocationId: allocation, PublicIp: ip, Domain: 'vpc' }]);
  });

  it('cannot be asked for by its address', () =>
    refused('UnsupportedOperation', ec2.allocateAddress({ Address: '172.24.4.99' })));

  it('is put on an instance, which shows it', async () => {
    id = await launch(ec2, { ImageId: image, ...inZone(fake) });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    const { AssociationId } = await ec2.associateAddress({ AllocationId: allocation, InstanceId: id });
    const { PrivateIpAddress, PublicIpAddress } = await shown(ec2, id);
    expect(PublicIpAddress).toBe(ip);
    expect(await floatingIps(openstack)).toMatchObject([{ fixed_ip_address: PrivateIpAddress }]);
    const { Addresses } = await ec2.describeAddresses({ AllocationIds: [allocation] });
    expect(Addresses).toMatchObject([{ AssociationId, InstanceId: id, PrivateIpAddress }]);
    await refused('InvalidIPAddress.InUse', ec2.releaseAddress({ AllocationId: allocation }));
  });

  it('is replaced by another one', async () => {
    const other = await ec2.allocateAddress({});
    await ec2.associateAddress({ AllocationId: other.AllocationId, InstanceId: id });
    expect((await shown(ec2, id)).PublicIpAddress).toBe(other.PublicIp);
    const there = await floatingIps(openstack);
    expect(there.filter(({ port_id: port }) => port !== null)).toMatchObject([{ floating_ip_address: other.PublicIp }]);
    const { Addresses } = await ec2.describeAddresses({ AllocationIds: [allocation] });
    expect(Addresses![0]).not.toHaveProperty('AssociationId');
    await ec2.disassociateAddress({ PublicIp: other.PublicIp! });
    expect((await floatingIps(openstack)).every(({ port_id: port }) => port === null)).toBe(true);
    await ec2.releaseAddress({ AllocationId: other.AllocationId });
    expect(await floatingIps(openstack)).toHaveLength(1);
  });

  it('outlives the instance, and goes when it is released', async () => {
    await ec2.associateAddress({ AllocationId: allocation, InstanceId: id });
    await ec2.terminateInstances({ InstanceIds: [id] });
    await waitUntilInstanceTerminated(patience(ec2), { InstanceIds: [id] });
    expect(await portsOf(openstack, id)).toEqual([]);
    const { Addresses } = await ec2.describeAddresses({});
    expect(Addresses).toMatchObject([{ AllocationId: allocation, PublicIp: ip, InstanceId: '' }]);
    expect(await floatingIps(openstack)).toMatchObject([{ floating_ip_address: ip, port_id: null }]);
    await ec2.releaseAddress({ AllocationId: allocation });
    expect(await floatingIps(openstack)).toEqual([]);
    await refused('InvalidAllocationID.NotFound', ec2.describeAddresses({ AllocationIds: [allocation] }));
  });
});

describe('a security group', () => {
  let id: string;
  const tcp = (port: number, CidrIp: string) => ({
    IpProtocol: 'tcp',
    FromPort: port,
    ToPort: port,
    IpRanges: [{ CidrIp }],
  });

  it('that Neutron made is the default one, with its rules', async () => {
    const { SecurityGroups } = await ec2.describeSecurityGroups({ GroupNames: ['default'] });
    const [group] = SecurityGroups!;
    expect(group!.IpPermissions).toMatchObject([{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group!.GroupId }] }]);
    expect(group!.IpPermissionsEgress).toMatchObject([
      { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
    ]);
  });

  it('is made in Neutron, where everything may leave it and nothing enter', async () => {
    id = (await ec2.createSecurityGroup({ GroupName: 'web', Description: 'servers of the web' })).GroupId!;
    const group = await groupNamed(openstack, 'web');
    expect(group.description).toBe(`${id}: servers of the web`);
    expect(ruleTexts(group)).toEqual(['egress IPv4 any anywhere']);
    await refused('InvalidGroup.Duplicate', ec2.createSecurityGroup({ GroupName: 'web', Description: 'again' }));
  });

  it('has there the rules that it is given here', async () => {
    const IpPermissions = [
      { ...tcp(80, '172.24.4.0/24'), Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32', Description: 'lab' }] },
      { IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535, UserIdGroupPairs: [{ GroupId: id }] },
      { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
      { IpProtocol: 'icmpv6', Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
      { IpProtocol: '41', UserIdGroupPairs: [{ GroupId: id }] },
      { IpProtocol: '50', IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
      { IpProtocol: 'udp', FromPort: 53, ToPort: 54, IpRanges: [{ CidrIp: '10.1.2.3/16' }] },
    ];
    await ec2.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions });
    expect(ruleTexts(await groupNamed(openstack, 'web'))).toEqual([
      'egress IPv4 any anywhere',
      'ingress IPv4 50 10.0.0.0/8',
      'ingress IPv4 icmp 8-* 0.0.0.0/0',
      'ingress IPv4 tcp 80-80 172.24.4.0/24',
      'ingress IPv4 tcp group',
      'ingress IPv4 udp 53-54 10.1.0.0/16',
      'ingress IPv6 41 group',
      'ingress IPv6 ipv6-icmp ::/0',
      'ingress IPv6 tcp 80-80 2001:db8::/32',
      'ingress IPv6 tcp group',
    ]);
    await refused(
      'InvalidPermission.Duplicate',
      ec2.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions: [tcp(80, '172.24.4.0/24')] }),
    );
  });

  it('loses there what is revoked here', async () => {
    await ec2.revokeSecurityGroupEgress({
      GroupId: id,
      IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    });
    await ec2.authorizeSecurityGroupEgress({ GroupId: id, IpPermissions: [tcp(443, '0.0.0.0/0')] });
    const egress = ruleTexts(await groupNamed(openstack, 'web')).filter((text) => text.startsWith('egress'));
    expect(egress).toEqual(['egress IPv4 tcp 443-443 0.0.0.0/0']);
    const { SecurityGroups } = await ec2.describeSecurityGroups({ GroupIds: [id] });
    await ec2.revokeSecurityGroupIngress({ GroupId: id, IpPermissions: SecurityGroups![0]!.IpPermissions! });
    expect(ruleTexts(await groupNamed(openstack, 'web'))).toEqual(egress);
  });

  it('refuses what Neutron cannot say, and stays as it was', async () => {
    const before = ruleTexts(await groupNamed(openstack, 'web'));
    const authorize = (rule: object) =>
      ec2.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions: [tcp(81, '0.0.0.0/0'), { ...rule }] });
    const zero = { IpProtocol: 'tcp', FromPort: 0, ToPort: 0, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await refused('UnsupportedOperation', authorize(zero));
    const icmp = { IpProtocol: 'icmp', FromPort: -1, ToPort: -1, Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
    await refused('UnsupportedOperation', authorize(icmp));
    const routing = { IpProtocol: '43', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await refused('UnsupportedOperation', authorize(routing));
    const list = { IpProtocol: 'tcp', FromPort: 1, ToPort: 1, PrefixListIds: [{ PrefixListId: 'pl-12345678' }] };
    await refused('InvalidPrefixListId.NotFound', authorize(list));
    expect(ruleTexts(await groupNamed(openstack, 'web'))).toEqual(before);
    const { SecurityGroups } = await ec2.describeSecurityGroups({ GroupIds: [id] });
    expect(SecurityGroups![0]!.IpPermissions).toEqual([]);
  });

  it('is what the ports of instances have, exactly', async () => {
    const web = await groupNamed(openstack, 'web');
    const instance = await launch(ec2, { ImageId: image, SecurityGroupIds: [id], ...inZone(fake) });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [instance] });
    const groups = async () => (await portsOf(openstack, instance)).map((port) => port.security_groups);
    expect(await groups()).toEqual([[web.id]]);
    await refused('DependencyViolation', ec2.deleteSecurityGroup({ GroupId: id }));
    const standard = (await ec2.describeSecurityGroups({ GroupNames: ['default'] })).SecurityGroups![0]!.GroupId!;
    await ec2.modifyInstanceAttribute({ InstanceId: instance, Groups: [standard, id] });
    const theirs = (await groupNamed(openstack, 'default')).id;
    expect((await groups()).map((all) => all.toSorted())).toEqual([[theirs, web.id].toSorted()]);
    await ec2.modifyInstanceAttribute({ InstanceId: instance, Groups: [standard] });
    expect(await groups()).toEqual([[theirs]]);
    await ec2.terminateInstances({ InstanceIds: [instance] });
    await waitUntilInstanceTerminated(patience(ec2), { InstanceIds: [instance] });
  });

  it('is gone there when it is deleted here; the default one stays', async () => {
    await ec2.deleteSecurityGroup({ GroupId: id });
    expect((await securityGroups(openstack)).map(({ name }) => name)).toEqual(['default']);
    await refused('CannotDelete', ec2.deleteSecurityGroup({ GroupName: 'default' }));
  });
});

describe('traffic', () => {
  it('reaches an instance at its Elastic IP where a rule lets it, and not where none does', async () => {
    const { GroupId } = await ec2.createSecurityGroup({ GroupName: 'doors', Description: 'of the guest' });
    const id = await launch(ec2, { ImageId: image, SecurityGroupIds: [GroupId!], ...inZone(qemu) });
    const { AllocationId, PublicIp } = await ec2.allocateAddress({});
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    await ec2.associateAddress({ AllocationId, InstanceId: id });
    const rule = { GroupId: GroupId!, IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '172.24.4.1/32' };
    const console = async () => {
      const { Output } = await ec2.getConsoleOutput({ InstanceId: id });
      return Buffer.from(Output ?? '', 'base64').toString();
    };
    await until(console, (text) => text.includes('TINY ready'));
    expect(await answersAt(PublicIp!, 80)).toBe('silence');
    await ec2.authorizeSecurityGroupIngress(rule);
    const answer = await until(
      () => answersAt(PublicIp!, 80),
      (text) => text !== 'silence',
      180,
    );
    expect(answer).toContain('i-');
    await ec2.revokeSecurityGroupIngress(rule);
    expect(
      await until(
        () => answersAt(PublicIp!, 80),
        (text) => text === 'silence',
        180,
      ),
    ).toBe('silence');
    await ec2.terminateInstances({ InstanceIds: [id] });
    await waitUntilInstanceTerminated(patience(ec2), { InstanceIds: [id] });
    await ec2.releaseAddress({ AllocationId });
    await ec2.deleteSecurityGroup({ GroupId });
  });
});
