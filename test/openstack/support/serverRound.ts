import { randomUUID } from 'node:crypto';
import {
  type EC2,
  waitUntilImageAvailable,
  waitUntilInstanceRunning,
  waitUntilInstanceStopped,
  waitUntilInstanceTerminated,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import { marked, until } from './life.ts';

/** Things that stand through all rounds: what is stopped, attached to, associated with, copied. */
export interface Standing {
  /** Runs before a round and after it; it is stopped and started. */
  readonly sleeper: string;
  /** Has a volume and an address for a while. */
  readonly host: string;
  /** A real guest: the fake hypervisor ends no image. */
  readonly pictured: string;
  readonly disk: string;
  /** A volume that nothing has. */
  readonly original: string;
  readonly allocation: string;
  readonly group: string;
}

/** What a round has made, by EC2's ids. */
export interface Made {
  readonly instance: string;
  readonly volume: string;
  readonly snapshot: string;
  readonly image: string;
  readonly allocation: string;
  readonly group: string;
}

const ssh = (CidrIp: string) => [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp }] }];
const port22 = ssh('10.0.0.0/8');

/** One of everything, made and taken away again, all at the same time, as a client does who only knows EC2. */
export class ServerRound {
  readonly #ec2: EC2;
  readonly #standing: Standing;
  readonly #image: string;
  readonly #zone: string;
  /** Requests that were told to come again, by their action. */
  readonly putOff: string[] = [];

  constructor(ec2: EC2, standing: Standing, image: string, zone: string) {
    this.#ec2 = ec2;
    this.#standing = standing;
    this.#image = image;
    this.#zone = zone;
  }

  /** Makes everything, and waits until it is there. */
  async make(): Promise<Made> {
    const { sleeper, host, disk, allocation: elastic, group: standing } = this.#standing;
    const ec2 = this.#ec2;
    const [instance, volume, snapshot, image, allocation, group] = await Promise.all([
      this.#instance(),
      this.#volume(),
      this.#snapshot(),
      this.#picture(),
      this.#again('AllocateAddress', async () => (await ec2.allocateAddress({})).AllocationId!),
      this.#group(),
      this.#again('AuthorizeSecurityGroupIngress', () =>
        ec2.authorizeSecurityGroupIngress({ GroupId: standing, IpPermissions: port22 }),
      ),
      this.#again('AssociateAddress', () => ec2.associateAddress({ AllocationId: elastic, InstanceId: host })),
      this.#again('StopInstances', () => ec2.stopInstances({ InstanceIds: [sleeper] })),
      this.#again('AttachVolume', () => ec2.attachVolume({ VolumeId: disk, InstanceId: host, Device: '/dev/sdf' })),
    ]);
    await this.#settled({ instance, volume, snapshot, image });
    return { instance, volume, snapshot, image, allocation, group };
  }

  /** Takes everything away, and waits until it is gone. */
  async unmake({ instance, volume, snapshot, image, allocation, group }: Made): Promise<void> {
    const { sleeper, host, disk, allocation: elastic, group: standing } = this.#standing;
    const ec2 = this.#ec2;
    await Promise.all([
      this.#again('TerminateInstances', () => ec2.terminateInstances({ InstanceIds: [instance] })),
      this.#again('DeleteVolume', () => ec2.deleteVolume({ VolumeId: volume })),
      this.#again('DeleteSnapshot', () => ec2.deleteSnapshot({ SnapshotId: snapshot })),
      this.#again('DeregisterImage', () => ec2.deregisterImage({ ImageId: image })),
      this.#again('ReleaseAddress', () => ec2.releaseAddress({ AllocationId: allocation })),
      this.#again('DeleteSecurityGroup', () => ec2.deleteSecurityGroup({ GroupId: group })),
      this.#again('RevokeSecurityGroupIngress', () =>
        ec2.revokeSecurityGroupIngress({ GroupId: standing, IpPermissions: port22 }),
      ),
      this.#again('DisassociateAddress', async () => {
        const { Addresses } = await ec2.describeAddresses({ AllocationIds: [elastic] });
        const { AssociationId } = Addresses![0]!;
        if (AssociationId !== undefined) await ec2.disassociateAddress({ AssociationId });
      }),
      this.#again('StartInstances', () => ec2.startInstances({ InstanceIds: [sleeper] })),
      this.#again('DetachVolume', () => ec2.detachVolume({ VolumeId: disk, InstanceId: host })),
    ]);
    await Promise.all([
      waitUntilInstanceTerminated(this.#patience, { InstanceIds: [instance] }),
      waitUntilInstanceRunning(this.#patience, { InstanceIds: [sleeper] }),
      waitUntilVolumeAvailable(this.#patience, { VolumeIds: [disk] }),
    ]);
  }

  async #settled({ instance, volume, snapshot, image }: Omit<Made, 'allocation' | 'group'>): Promise<void> {
    const { sleeper, disk } = this.#standing;
    const attached = async () =>
      (await this.#again('DescribeVolumes', () => this.#ec2.describeVolumes({ VolumeIds: [disk] }))).Volumes![0]!
        .Attachments![0]?.State;
    await Promise.all([
      waitUntilInstanceRunning(this.#patience, { InstanceIds: [instance] }),
      waitUntilVolumeAvailable(this.#patience, { VolumeIds: [volume] }),
      waitUntilSnapshotCompleted(this.#patience, { SnapshotIds: [snapshot] }),
      waitUntilImageAvailable(this.#patience, { ImageIds: [image] }),
      waitUntilInstanceStopped(this.#patience, { InstanceIds: [sleeper] }),
      until(attached, (state) => state === 'attached'),
    ]);
  }

  #instance(): Promise<string> {
    const input = {
      ...{
        ImageId: this.#image,
        InstanceType: 't3.micro' as const,
        MinCount: 1,
        MaxCount: 1,
        ClientToken: randomUUID(),
      },
      ...{ Placement: { AvailabilityZone: this.#zone }, ...marked('instance') },
    } as const;
    return this.#again('RunInstances', async () => (await this.#ec2.runInstances(input)).Instances![0]!.InstanceId!);
  }

  #volume(): Promise<string> {
    const input = { AvailabilityZone: this.#zone, Size: 1, ClientToken: randomUUID(), ...marked('volume') };
    return this.#again('CreateVolume', async () => (await this.#ec2.createVolume(input)).VolumeId!);
  }

  #snapshot(): Promise<string> {
    const input = { VolumeId: this.#standing.original, ...marked('snapshot') };
    return this.#again('CreateSnapshot', async () => (await this.#ec2.createSnapshot(input)).SnapshotId!);
  }

  #picture(): Promise<string> {
    const input = { InstanceId: this.#standing.pictured, Name: `round ${randomUUID()}`, NoReboot: true };
    return this.#again('CreateImage', async () => (await this.#ec2.createImage(input)).ImageId!);
  }

  async #group(): Promise<string> {
    const input = { GroupName: `round ${randomUUID()}`, Description: 'of a test' };
    const GroupId = await this.#again(
      'CreateSecurityGroup',
      async () => (await this.#ec2.createSecurityGroup(input)).GroupId!,
    );
    const order = { GroupId, IpPermissions: ssh('192.0.2.0/24') };
    await this.#again('AuthorizeSecurityGroupIngress', () => this.#ec2.authorizeSecurityGroupIngress(order));
    return GroupId;
  }

  /** Asks until the answer is another one than `Unavailable`: the only word for a cloud that is in trouble. */
  async #again<T>(action: string, ask: () => Promise<T>): Promise<T> {
    for (const end = Date.now() + 120_000; ; ) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'Unavailable' || Date.now() > end) throw error;
        this.putOff.push(action);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  get #patience() {
    return { client: this.#ec2, maxWaitTime: 180, minDelay: 1, maxDelay: 1 };
  }
}
