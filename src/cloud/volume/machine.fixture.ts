import type { TestWorld } from '../../../test/support/world.ts';
import { testAccount } from '../../../test/support/world.ts';
import { write } from '../context/writing.ts';
import { instance } from '../instance/instance.ts';
import type { InstanceRow } from '../instance/row.ts';
import { volume } from './volume.ts';

export interface MachineOptions
  extends Partial<
    Pick<
      InstanceRow,
      'state' | 'zone' | 'instanceType' | 'rootDeviceType' | 'virtualization' | 'image' | 'currentBootMode'
    >
  > {
  readonly account?: string;
}

const facts = {
  transitionReason: '',
  reservation: 'r-0123456789abcdef0',
  launchIndex: 0,
  image: 'ami-0123456789abcdef0',
  imageName: 'an image',
  architecture: 'x86_64',
  platformDetails: 'Linux/UNIX',
  usageOperation: 'RunInstances',
  virtualization: 'hvm',
  hypervisor: 'xen',
  enaSupport: true,
  bootMode: 'uefi-preferred',
  rootDeviceType: 'ebs',
  rootDeviceName: '/dev/xvda',
  tenancy: 'default',
  privateDns: '',
  publicDns: '',
  sourceDestCheck: true,
  groups: [],
  interfaces: [],
  shutdownBehavior: 'stop',
  disableApiTermination: false,
  disableApiStop: false,
  ebsOptimized: false,
  monitoring: 'disabled',
  cores: 1,
  threadsPerCore: 2,
  metadata: { tokens: 'optional', hopLimit: 1, endpoint: 'enabled', ipv6: 'disabled', tags: 'disabled' },
  autoRecovery: 'default',
} as const;

/** An instance with a root volume of 8 GiB, in the store and in the cloud, as a launch leaves it. */
export async function machine(w: TestWorld, options: MachineOptions = {}): Promise<InstanceRow> {
  const { account = testAccount, ...changes } = options;
  const row = { ...facts, state: 'running', zone: 'us-east-1a', instanceType: 't3.micro', ...changes } as const;
  const root = await w.call('CreateVolume', { AvailabilityZone: row.zone, Size: 8, VolumeType: 'gp3' }, { account });
  await w.settle();
  const scope = { account, region: 'us-east-1' };
  const attachment = {
    device: '/dev/xvda',
    state: 'attached',
    attachedAt: w.clock.now(),
    deleteOnTermination: true,
  } as const;
  const made = await write(w.world, scope, async (tx) => {
    const launched = await tx.insert(instance, {
      ...row,
      launchedAt: tx.now,
      blockDevices: [{ ...attachment, volume: root.VolumeId }],
    });
    await tx.on(volume, await tx.need(volume, root.VolumeId), 'attach', {
      attachments: [{ ...attachment, instance: launched.id }],
    });
    return launched;
  });
  const call = { ...scope, operation: 'op-test', signal: new AbortController().signal };
  const spec = {
    zone: row.zone,
    instanceType: row.instanceType,
    image: row.image,
    imageName: row.imageName,
    architecture: row.architecture,
    disks: [{ device: '/dev/xvda', volume: root.VolumeId }],
    interfaces: [],
    hostName: 'host',
  };
  for (let seen = await w.driver.compute.ensure(made.id, spec, call); !seen.settled; ) {
    await w.clock.advance(seen.lookAgainMs ?? 100);
    seen = await w.driver.compute.ensure(made.id, spec, call);
  }
  if (row.state === 'stopped') await w.driver.compute.power(made.id, 'off', { force: true }, call);
  return made;
}
