import type { _InstanceType, EC2 } from '@aws-sdk/client-ec2';
import { waitUntilInstanceRunning, waitUntilInstanceTerminated } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { clear, launch, patience, portsOf, refused, shown, tinyImage } from './support/life.ts';
import { clearNetwork, floatingIps, groupNamed, ruleTexts, securityGroups } from './support/publicSide.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo } = bed.users;
const [fake] = bed.zones.compute as [string, string];

let server: BedServer;
let openstack: Session;
let ec2: EC2;

beforeAll(async () => {
  openstack = await logIn(bed, demo);
  await clearNetwork(openstack);
  server = await BedServer.start(bed);
  ec2 = server.ec2(demo.ec2);
});
afterAll(async () => {
  await clear(ec2);
  expect(await server.stop()).toBe(0);
  await clearNetwork(openstack);
});

async function neutron<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await openstack.ask<T>('network', `/v2.0/${path}`, { method, ...(body && { body }) });
  if (answer.status >= 300) throw new Error(`Neutron answered ${answer.status} to ${method} ${path}`);
  return answer.body;
}

it('a floating IP that OpenStack’s tools make, move and delete is an Elastic IP at the next call', async () => {
  const ImageId = await tinyImage(ec2, bed);
  const id = await launch(ec2, { ImageId, Placement: { AvailabilityZone: fake } });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
  type Made = { readonly floatingip: { readonly id: string; readonly floating_ip_address: string } };
  const wanted = { floatingip: { floating_network_id: bed.networks.public.id, description: 'by hand' } };
  const { floatingip } = await neutron<Made>('POST', 'floatingips', wanted);
  const PublicIp = floatingip.floating_ip_address;
  const { Addresses } = await ec2.describeAddresses({});
  expect(Addresses).toMatchObject([{ PublicIp, InstanceId: '', Domain: 'vpc' }]);
  const { AllocationId } = Addresses![0]!;

  const [port] = await portsOf(openstack, id);
  await neutron('PUT', `floatingips/${floatingip.id}`, { floatingip: { port_id: port!.id } });
  const moved = (await ec2.describeAddresses({})).Addresses!;
  expect(moved).toMatchObject([{ AllocationId, InstanceId: id, AssociationId: expect.stringMatching(/^eipassoc-/) }]);
  expect((await shown(ec2, id)).PublicIpAddress).toBe(PublicIp);
  expect((await ec2.describeAddresses({})).Addresses).toEqual(moved);

  // It obeys EC2 as one of ours does.
  await ec2.disassociateAddress({ AssociationId: moved[0]!.AssociationId });
  expect(await floatingIps(openstack)).toMatchObject([{ port_id: null }]);
  await ec2.associateAddress({ AllocationId, InstanceId: id });
  expect(await floatingIps(openstack)).toMatchObject([{ port_id: port!.id }]);
  await neutron('PUT', `floatingips/${floatingip.id}`, { floatingip: { port_id: null } });
  expect((await ec2.describeAddresses({})).Addresses).toMatchObject([{ InstanceId: '' }]);
  expect((await shown(ec2, id)).PublicIpAddress).toBeUndefined();

  await neutron('DELETE', `floatingips/${floatingip.id}`);
  expect((await ec2.describeAddresses({})).Addresses).toEqual([]);
  await refused('InvalidAllocationID.NotFound', ec2.associateAddress({ AllocationId, InstanceId: id }));
  await ec2.terminateInstances({ InstanceIds: [id] });
  await waitUntilInstanceTerminated(patience(ec2), { InstanceIds: [id] });
});

it('of ours, deleted by others, is gone', async () => {
  const { AllocationId } = await ec2.allocateAddress({});
  const [there] = await floatingIps(openstack);
  await neutron('DELETE', `floatingips/${there!.id}`);
  expect((await ec2.describeAddresses({})).Addresses).toEqual([]);
  await refused('InvalidAllocationID.NotFound', ec2.releaseAddress({ AllocationId }));
});

it('a security group that OpenStack’s tools make, change and delete is one here at the next call', async () => {
  type Made = { readonly security_group: { readonly id: string } };
  const wanted = { security_group: { name: 'by hand', description: 'of the console' } };
  const { id: native } = (await neutron<Made>('POST', 'security-groups', wanted)).security_group;
  const find = async () =>
    (await ec2.describeSecurityGroups({ Filters: [{ Name: 'group-name', Values: ['by hand'] }] })).SecurityGroups!;
  const [group] = await find();
  expect(group).toMatchObject({ Description: 'of the console', IpPermissions: [] });
  expect(group!.IpPermissionsEgress).toMatchObject([
    { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
  ]);
  const { GroupId } = group!;

  const rule = (more: object) =>
    neutron('POST', 'security-group-rules', {
      security_group_rule: { security_group_id: native, direction: 'ingress', ethertype: 'IPv4', ...more },
    });
  await rule({ protocol: 'tcp', port_range_min: 22, port_range_max: 22, remote_ip_prefix: '10.0.0.7/8' });
  await rule({ protocol: 'sctp' });
  await rule({ protocol: 'udp', remote_group_id: native });
  const seen = (await find())[0]!.IpPermissions!;
  expect(seen.toSorted((one, other) => (one.IpProtocol! < other.IpProtocol! ? -1 : 1))).toMatchObject([
    { IpProtocol: '132', IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
    { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
    { IpProtocol: 'udp', FromPort: 0, ToPort: 65_535, UserIdGroupPairs: [{ GroupId }] },
  ]);

  // A change from here leaves the rest as it is, the rule for one version of IP alone included.
  const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '0.0.0.0/0' };
  await ec2.authorizeSecurityGroupIngress({ GroupId, ...http });
  expect(ruleTexts(await groupNamed(openstack, 'by hand'))).toEqual([
    'egress IPv4 any anywhere',
    'egress IPv6 any anywhere',
    'ingress IPv4 sctp anywhere',
    'ingress IPv4 tcp 22-22 10.0.0.7/8',
    'ingress IPv4 tcp 80-80 0.0.0.0/0',
    'ingress IPv4 udp group',
  ]);
  const [before] = await find();
  expect(await find()).toEqual([before]);

  await neutron('DELETE', `security-groups/${native}`);
  expect(await find()).toEqual([]);
  await refused('InvalidGroup.NotFound', ec2.authorizeSecurityGroupIngress({ GroupId, ...http }));
});

it('a security group of theirs is known by its name at once, to a launch and to who would make another', async () => {
  const made = async (name: string): Promise<string> => {
    const body = { security_group: { name, description: 'of others' } };
    return (await neutron<{ security_group: { id: string } }>('POST', 'security-groups', body)).security_group.id;
  };
  const natives = [await made('by name')];
  const ImageId = await tinyImage(ec2, bed);
  const one = { ImageId, InstanceType: bed.flavors[0]!.name as _InstanceType, MinCount: 1, MaxCount: 1, DryRun: true };
  await refused('DryRunOperation', ec2.runInstances({ ...one, SecurityGroups: ['by name'] }));
  natives.push(await made('twice'));
  await refused('InvalidGroup.Duplicate', ec2.createSecurityGroup({ GroupName: 'twice', Description: 'of ours' }));
  for (const native of natives) await neutron('DELETE', `security-groups/${native}`);
  await refused('InvalidGroup.NotFound', ec2.runInstances({ ...one, SecurityGroups: ['by name'] }));
});

it('the default group is one for both sides, and can be changed from each', async () => {
  const find = async () => (await ec2.describeSecurityGroups({ GroupNames: ['default'] })).SecurityGroups![0]!;
  const { GroupId } = await find();
  const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '192.0.2.0/24' }] };
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [ssh] });
  const there = await groupNamed(openstack, 'default');
  expect(ruleTexts(there)).toContain('ingress IPv4 tcp 22-22 192.0.2.0/24');
  expect(there.security_group_rules).toHaveLength(5);
  const rule = there.security_group_rules.find(({ port_range_min: port }) => port === 22)!;
  await neutron('DELETE', `security-group-rules/${rule.id}`);
  const now = await find();
  expect(now.GroupId).toBe(GroupId);
  expect(now.IpPermissions).toHaveLength(1);
});

it('a group of ours that a port of others has is not deleted, and stays here', async () => {
  const { GroupId } = await ec2.createSecurityGroup({ GroupName: 'held', Description: 'by a port of others' });
  const native = (await groupNamed(openstack, 'held')).id;
  const wanted = { port: { network_id: bed.networks.demo.id, security_groups: [native] } };
  const { port } = await neutron<{ port: { id: string } }>('POST', 'ports', wanted);
  await refused('DependencyViolation', ec2.deleteSecurityGroup({ GroupId }));
  expect((await ec2.describeSecurityGroups({ GroupIds: [GroupId!] })).SecurityGroups).toHaveLength(1);
  await neutron('DELETE', `ports/${port.id}`);
  await ec2.deleteSecurityGroup({ GroupId });
  expect((await securityGroups(openstack)).map(({ name }) => name)).toEqual(['default']);
});
