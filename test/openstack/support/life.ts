import type { EC2, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import type { Bed } from './bed.ts';
import type { Session } from './session.ts';

/** For the SDK's waiters: asking often, and giving up after five minutes. */
export const patience = (client: EC2) => ({ client, maxWaitTime: 300, minDelay: 1, maxDelay: 1 });

/** The tag of everything that tests make: others may have things in the same project. */
const mark = { Key: 'made-by', Value: 'test of Elsewhere' };

/** For a request that makes something: puts the mark on it. */
export const marked = (ResourceType: 'instance' | 'volume' | 'snapshot' | 'key-pair') => ({
  TagSpecifications: [{ ResourceType, Tags: [mark] }],
});

const Filters = [{ Name: `tag:${mark.Key}`, Values: [mark.Value] }];

/** The call must be refused with this code. */
export async function refused(code: string, call: Promise<unknown>): Promise<void> {
  const outcome = await call.then(
    (answer) => `answered ${JSON.stringify(answer)?.slice(0, 300)}`,
    (error: Error) => error.name,
  );
  expect(outcome).toBe(code);
}

/** EC2's id of the bed's image. */
export async function tinyImage(ec2: EC2, { image }: Bed): Promise<string> {
  const { Images } = await ec2.describeImages({ Filters: [{ Name: 'name', Values: [image.name] }] });
  return Images![0]!.ImageId!;
}

/** Launches one instance and gives its id. */
export async function launch(
  ec2: EC2,
  input: Omit<RunInstancesCommandInput, 'MinCount' | 'MaxCount'>,
): Promise<string> {
  const { Instances } = await ec2.runInstances({
    MinCount: 1,
    MaxCount: 1,
    InstanceType: 't3.micro',
    ...marked('instance'),
    ...input,
  });
  return Instances![0]!.InstanceId!;
}

/** The instance as EC2 shows it. */
export async function shown(ec2: EC2, id: string) {
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [id] });
  return Reservations![0]!.Instances![0]!;
}

/** Attaches a volume and waits until the instance has it. */
export async function attach(ec2: EC2, input: { VolumeId: string; InstanceId: string; Device: string }): Promise<void> {
  await ec2.attachVolume(input);
  const states = async () => (await ec2.describeVolumes({ VolumeIds: [input.VolumeId] })).Volumes![0]!.Attachments!;
  await until(states, ([attachment]) => attachment?.State === 'attached');
}

/** A server as Nova shows it, as far as tests read it. */
export interface NovaServer {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly addresses: Readonly<Record<string, readonly { readonly addr: string }[]>>;
}

/** Nova's servers of exactly this name. */
export async function serversNamed(openstack: Session, name: string): Promise<readonly NovaServer[]> {
  const { body } = await openstack.ask<{ servers: readonly NovaServer[] }>('compute', `/servers/detail?name=${name}`);
  return body.servers.filter((server) => server.name === name);
}

/** Neutron's ports of one of our instances, whose id is their description. */
export async function portsOf(openstack: Session, instance: string) {
  type Port = {
    readonly id: string;
    readonly fixed_ips: readonly { readonly ip_address: string }[];
    readonly security_groups: readonly string[];
  };
  type Ports = { readonly ports: readonly Port[] };
  return (await openstack.ask<Ports>('network', `/v2.0/ports?description=${instance}`)).body.ports;
}

/** Cinder's volumes of exactly this name. */
export async function volumesNamed(openstack: Session, name: string) {
  type Volumes = {
    readonly volumes: readonly {
      readonly id: string;
      readonly name: string;
      readonly status: string;
      readonly volume_type: string;
      readonly metadata: Readonly<Record<string, string>>;
    }[];
  };
  const { body } = await openstack.ask<Volumes>('volumev3', `/volumes/detail?name=${name}`);
  return body.volumes.filter((volume) => volume.name === name);
}

/** Waits until `look` gives what `enough` takes; for what EC2 has no waiter for. */
export async function until<T>(look: () => Promise<T>, enough: (seen: T) => boolean, seconds = 120): Promise<T> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const seen = await look();
    if (enough(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** Deletes everything marked that the account of a client has. */
export async function clear(ec2: EC2): Promise<void> {
  const { Reservations } = await ec2.describeInstances({ Filters });
  const ids = (Reservations ?? []).flatMap((one) => (one.Instances ?? []).map((instance) => instance.InstanceId!));
  if (ids.length > 0) {
    await ec2.terminateInstances({ InstanceIds: ids });
    await until(
      () => Promise.all(ids.map(async (id) => (await shown(ec2, id)).State?.Name)),
      (states) => states.every((state) => state === 'terminated'),
    );
  }
  const snapshots = (await ec2.describeSnapshots({ OwnerIds: ['self'], Filters })).Snapshots ?? [];
  for (const { SnapshotId } of snapshots) await ec2.deleteSnapshot({ SnapshotId });
  const volumes = async () => (await ec2.describeVolumes({ Filters })).Volumes ?? [];
  // What was attached to a terminated instance comes free; what is being deleted goes by itself.
  const standing = await until(volumes, (all) => all.every(({ State }) => State !== 'in-use' && State !== 'creating'));
  for (const { VolumeId, State } of standing) if (State !== 'deleting') await ec2.deleteVolume({ VolumeId });
  await until(volumes, (left) => left.length === 0);
  for (const { KeyName } of (await ec2.describeKeyPairs({ Filters })).KeyPairs ?? [])
    await ec2.deleteKeyPair({ KeyName });
}

/** As `clear`, and everything else that the account has: images, addresses, groups. For a project of a suite's own. */
export async function clearAll(ec2: EC2): Promise<void> {
  for (const { ImageId } of (await ec2.describeImages({ Owners: ['self'] })).Images ?? [])
    await ec2.deregisterImage({ ImageId });
  await clear(ec2);
  for (const { AllocationId } of (await ec2.describeAddresses({})).Addresses ?? [])
    await ec2.releaseAddress({ AllocationId });
  for (const { GroupId, GroupName } of (await ec2.describeSecurityGroups({})).SecurityGroups ?? [])
    if (GroupName !== 'default') await ec2.deleteSecurityGroup({ GroupId });
}
