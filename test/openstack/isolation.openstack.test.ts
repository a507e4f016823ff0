import {
  type EC2,
  waitUntilImageAvailable,
  waitUntilInstanceRunning,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actions } from '../../src/cloud/registry.ts';
import { hidden, nobodys } from '../tenants/nobody.ts';
import { type Attempt, type Ids, type Own, targets } from '../tenants/targets.ts';
import { bed as described } from './support/bed.ts';
import {
  attach,
  clear,
  launch,
  marked,
  patience,
  serversNamed,
  shown,
  tinyImage,
  volumesNamed,
} from './support/life.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const zone = bed.zones.default;

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let stranger: EC2;
let a: Ids;
let b: Own;
let theirs: Ids;
const everywhere = { IpRanges: [{ CidrIp: '10.1.0.0/16' }] };

beforeAll(async () => {
  server = await BedServer.start(bed);
  openstack = await logIn(bed, bed.users.demo);
  ec2 = server.ec2(bed.users.demo.ec2);
  stranger = server.ec2(bed.users.demo2.ec2);
  const tiny = await tinyImage(stranger, bed);
  [a, theirs] = await Promise.all([things(ec2, 'private-of-a'), things(stranger, 'private-of-b')]);
  // What it launches must be there for everybody.
  b = { ...theirs, image: tiny, zone };
});
afterAll(async () => {
  await Promise.all([remove(ec2, a), remove(stranger, theirs)]);
  await server.stop();
});

const volumeOf = async (client: EC2): Promise<string> => {
  const { VolumeId } = await client.createVolume({ AvailabilityZone: zone, Size: 1, ...marked('volume') });
  await waitUntilVolumeAvailable(patience(client), { VolumeIds: [VolumeId!] });
  return VolumeId!;
};

/** One of everything that the cloud can have; ids of the right form of what it cannot. */
async function things(client: EC2, name: string): Promise<Ids> {
  const key = await client.createKeyPair({ KeyName: name, ...marked('key-pair') });
  const { GroupId: group } = await client.createSecurityGroup({ GroupName: name, Description: 'x' });
  const ingress = { GroupId: group!, IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, ...everywhere }] };
  const { SecurityGroupRules: made } = await client.authorizeSecurityGroupIngress(ingress);
  const { SecurityGroupRules: egress } = await client.authorizeSecurityGroupEgress(ingress);
  const run = { KeyName: name, SecurityGroupIds: [group!], Placement: { AvailabilityZone: zone } };
  const instance = await launch(client, { ImageId: await tinyImage(client, bed), ...run });
  const [volume, attached] = await Promise.all([volumeOf(client), volumeOf(client)]);
  const { SnapshotId: snapshot } = await client.createSnapshot({ VolumeId: volume, ...marked('snapshot') });
  await waitUntilInstanceRunning(patience(client), { InstanceIds: [instance] });
  await attach(client, { VolumeId: attached, InstanceId: instance, Device: '/dev/sdf' });
  await waitUntilSnapshotCompleted(patience(client), { SnapshotIds: [snapshot!] });
  const Ebs = { SnapshotId: snapshot! };
  const { ImageId: image } = await client.registerImage({
    Name: name,
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs }],
  });
  await waitUntilImageAvailable(patience(client), { ImageIds: [image!] });
  const seen = await shown(client, instance);
  return {
    ...{ instance, volume, attached, snapshot: snapshot!, image: image!, group: group!, groupName: name },
    ...{ keyName: name, keyId: key.KeyPairId!, rule: made![0]!.SecurityGroupRuleId! },
    egressRule: egress![0]!.SecurityGroupRuleId!,
    ...{ subnet: seen.SubnetId!, vpc: seen.VpcId! },
    interface: seen.NetworkInterfaces![0]!.NetworkInterfaceId!,
    ...(await address(client, instance)),
  };
}

/** An Elastic IP on an instance, where the cloud has any. */
async function address(client: EC2, InstanceId: string) {
  const made = await client.allocateAddress({ Domain: 'vpc' }).catch((error: Error) => error);
  if (made instanceof Error) {
    if (!/^Unsupported/.test(made.name)) throw made;
    const strange = InstanceId.slice(2);
    return { allocation: `eipalloc-${strange}`, association: `eipassoc-${strange}`, publicIp: '192.0.2.1' };
  }
  const { AllocationId, PublicIp } = made;
  const { AssociationId } = await client.associateAddress({ AllocationId: AllocationId!, InstanceId });
  return { allocation: AllocationId!, association: AssociationId!, publicIp: PublicIp! };
}

/** Takes everything away. */
async function remove(client: EC2, ids: Ids | undefined): Promise<void> {
  if (ids === undefined) return clear(client);
  if (ids.publicIp !== '192.0.2.1') {
    await client.disassociateAddress({ AssociationId: ids.association });
    await client.releaseAddress({ AllocationId: ids.allocation });
  }
  await client.deregisterImage({ ImageId: ids.image });
  await clear(client);
  await client.deleteSecurityGroup({ GroupId: ids.group });
}

/** What demo has, as EC2 and as OpenStack say it; without what only tells when it was asked. */
async function everything(): Promise<object> {
  const answers = await Promise.all([
    ec2.describeInstances({}),
    ec2.describeVolumes({}),
    ec2.describeSnapshots({ OwnerIds: ['self'] }),
    ec2.describeKeyPairs({}),
    ec2.describeSubnets({}),
    ec2.describeVpcs({}),
    ec2.describeSecurityGroups({}),
    ec2.describeAddresses({}),
    ec2.describeTags({}),
    ec2.describeImages({ Owners: ['self'] }),
  ]);
  const inCloud = await Promise.all([
    serversNamed(openstack, a.instance),
    volumesNamed(openstack, a.volume),
    volumesNamed(openstack, a.attached),
  ]);
  const statuses = inCloud.map(([one]) => ({ id: one?.id, status: one?.status }));
  return [...answers.map(({ $metadata, ...answer }) => answer), ...statuses];
}

/** An action by its name. What is not the EC2 service's own has no method there. */
const method = (client: EC2, action: string): ((input: object) => Promise<unknown>) | undefined => {
  const name = `${action[0]!.toLowerCase()}${action.slice(1)}` as 'describeInstances';
  const found = client[name] as ((input: object) => Promise<unknown>) | undefined;
  return found?.bind(client);
};

async function refusal(action: string, input: object): Promise<{ readonly code: string; readonly message: string }> {
  const answer = await method(stranger, action)!(input).catch((error: Error) => error);
  if (answer instanceof Error) return { code: answer.name, message: answer.message };
  return expect.fail(`${action} ${JSON.stringify(input)} answered ${JSON.stringify(answer)?.slice(0, 300)}`);
}

it('every action of the registry is tried, or takes nothing of anybody’s', () => {
  expect(Object.keys(actions).filter((name) => !(name in targets))).toEqual([]);
});

describe('the other project is told that there is nothing', () => {
  const tried = Object.entries(targets).filter(([action, target]) => action in actions && 'length' in target);

  it.each(tried)('%s', async (action, target) => {
    const before = await everything();
    const strange = nobodys(a);
    for (const { how, input } of target as readonly Attempt[]) {
      const real = await refusal(action, input(a, b));
      const none = await refusal(action, input(strange, b));
      expect({ how, code: real.code, message: hidden(real.message, a) }).toEqual({
        how,
        code: none.code,
        message: hidden(none.message, strange),
      });
      // What the cloud cannot do at all is refused to everybody alike.
      expect(`${how}: ${real.code}`).toMatch(/NotFound|AuthFailure|Unknown|: Unsupported(Operation)?$/);
    }
    expect(await everything()).toEqual(before);
  });

  it('when it deletes a key pair of this name, and the key stays', async () => {
    const before = await everything();
    await stranger.deleteKeyPair({ KeyName: a.keyName });
    expect(await everything()).toEqual(before);
  });

  it('when it lists what there is', async () => {
    const ids = Object.values(a);
    const lists = JSON.stringify(
      await Promise.all([
        stranger.describeInstances({}),
        stranger.describeInstanceStatus({ IncludeAllInstances: true }),
        stranger.describeAddresses({}),
        stranger.describeVolumes({}),
        stranger.describeSnapshots({ OwnerIds: ['self'] }),
        stranger.describeSnapshots({}),
        stranger.describeKeyPairs({}),
        stranger.describeSubnets({}),
        stranger.describeVpcs({}),
        stranger.describeSecurityGroups({}),
        stranger.describeTags({}),
        stranger.describeImages({}),
      ]),
    );
    expect(ids.filter((id) => lists.includes(`"${id}"`))).toEqual([]);
    expect(lists).toContain(`"${b.volume}"`);
  });
});
