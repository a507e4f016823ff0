import { expect, vi } from 'vitest';
import { exchange, post } from '../serve/rawClient.ts';
import type { Running } from '../serve/server.ts';
import { filled, type Things } from './valid.ts';

/** A real key, of no one: its private half was never kept. */
const publicKey = Buffer.from(
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl somebody',
).toString('base64');

/** Makes some of everything for the account that open mode gives, waits until nothing moves, and names it all. */
export async function furnish(server: Running): Promise<Things> {
  const things: Record<string, string> = { publicKey };
  const ask = async (action: string, form: string, pattern?: RegExp, name?: string): Promise<void> => {
    const text = new URLSearchParams([['Action', action], ['Version', '2016-11-15'], ...filled(form, things)] as [
      string,
      string,
    ][]);
    const answer = await exchange(server.port, post(text.toString()));
    if (answer?.status !== 200) throw new Error(`${action} ${text}: ${answer?.body}`);
    if (name === undefined) return;
    const found = pattern!.exec(answer.body)?.[1];
    if (found === undefined) throw new Error(`${action} tells no ${name}`);
    things[name] = found;
  };
  const settle = async (): Promise<void> => {
    const { operations } = server.parts.world.store;
    await vi.waitFor(async () => expect(await operations.pending()).toBe(0), { timeout: 20_000, interval: 5 });
  };
  const ebs =
    'Owner.1=amazon&Filter.1.Name=architecture&Filter.1.Value.1=x86_64&Filter.2.Name=root-device-type&Filter.2.Value.1=ebs&Filter.3.Name=name&Filter.3.Value.1=al2023-ami-2*';
  await ask('DescribeImages', ebs, /<imageId>(ami-\w+)</, 'public');
  await ask('DescribeSubnets', '', /<subnetId>(.*?)</, 'subnet');
  await ask('DescribeVpcs', '', /<vpcId>(.*?)</, 'vpc');
  await ask('CreateKeyPair', 'KeyName=a-key', /<keyName>(.*?)</, 'keyName');
  await ask('CreateSecurityGroup', 'GroupName=a-group&GroupDescription=text', /<groupId>(.*?)</, 'group');
  await ask(
    'AuthorizeSecurityGroupIngress',
    'GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22&IpPermissions.1.ToPort=22&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8',
  );
  await ask(
    'AuthorizeSecurityGroupEgress',
    'GroupId={group}&IpPermissions.1.IpProtocol=udp&IpPermissions.1.FromPort=5&IpPermissions.1.ToPort=5&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8',
    /<securityGroupRuleId>(.*?)</,
    'egressRule',
  );
  await ask(
    'RunInstances',
    'ImageId={public}&MinCount=1&MaxCount=1&InstanceType=t3.micro',
    /<instanceId>(.*?)</,
    'instance',
  );
  await ask('CreateVolume', 'AvailabilityZone=us-east-1a&Size=1', /<volumeId>(.*?)</, 'volume');
  await settle();
  // Where the instance is, not where the first zone is.
  await ask('DescribeInstances', 'InstanceId.1={instance}', /<availabilityZone>(.*?)</, 'zone');
  await ask('CreateVolume', 'AvailabilityZone={zone}&Size=1', /<volumeId>(.*?)</, 'volume');
  await ask('CreateVolume', 'AvailabilityZone={zone}&Size=2', /<volumeId>(.*?)</, 'attached');
  await settle();
  await ask('AttachVolume', 'VolumeId={attached}&InstanceId={instance}&Device=/dev/sdh');
  await ask('ModifyVolume', 'VolumeId={attached}&Size=3');
  await ask('CreateSnapshot', 'VolumeId={volume}', /<snapshotId>(.*?)</, 'snapshot');
  await ask('CreateSnapshot', 'VolumeId={volume}', /<snapshotId>(.*?)</, 'freeSnapshot');
  await ask('AllocateAddress', '', /<allocationId>(.*?)</, 'allocation');
  await ask('AllocateAddress', '', /<allocationId>(.*?)</, 'usedAllocation');
  await ask(
    'AssociateAddress',
    'AllocationId={usedAllocation}&InstanceId={instance}',
    /<associationId>(.*?)</,
    'association',
  );
  await settle();
  await ask('CreateImage', 'InstanceId={instance}&Name=an-image&NoReboot=true', /<imageId>(.*?)</, 'image');
  await settle();
  return things;
}
