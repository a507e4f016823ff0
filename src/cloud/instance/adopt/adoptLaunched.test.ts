import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ForeignCloud, foreignCloud, foreignMachine } from '../../../../test/support/foreignCloud.ts';
import { type TestWorld, testAccount, testWorld } from '../../../../test/support/world.ts';
import { type Driver, DriverError } from '../../../ports/driver.ts';
import { catchUp } from '../../foreign/catchUp.ts';

const region = 'us-east-1';
const scope = { account: testAccount, region };

let cloud: ForeignCloud;
let w: TestWorld;
let id: string;
/** Happens while the cloud answers what changed. */
let meanwhile: () => Promise<unknown>;
let broken: boolean;

/** A driver whose looks at a machine fail for good when it is broken, and whose feed gives others time. */
const wrapped = (driver: Driver): Driver => {
  const inFront = cloud.wrap(driver);
  const { machines } = inFront.foreign!;
  return {
    ...inFront,
    compute: new Proxy(inFront.compute, {
      get: (compute, verb) => {
        if (verb === 'ensure' && broken) throw new DriverError('invalid', 'it was deleted in the cloud');
        return Reflect.get(compute, verb);
      },
    }),
    foreign: {
      ...inFront.foreign!,
      machines: {
        changes: async (since, call) => {
          const changes = await machines!.changes(since, call);
          await meanwhile();
          return changes;
        },
      },
    },
  };
};

beforeEach(async () => {
  broken = false;
  meanwhile = async () => undefined;
  cloud = foreignCloud();
  w = await testWorld({ regions: [region], wrap: wrapped });
  const BlockDeviceMappings = [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 1 } }];
  const { Instances } = await w.call('RunInstances', { ...(await launchable()), BlockDeviceMappings });
  id = Instances[0].InstanceId;
  await w.worker.idle();
});
afterEach(() => w.close());

async function launchable() {
  const { Images } = await w.call('DescribeImages', { Filters: [{ Name: 'architecture', Values: ['x86_64'] }] });
  return { ImageId: Images[0].ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 };
}
const tellRunning = () => void cloud.machines.set(testAccount, [foreignMachine(id)]);
const known = async () => (await w.call('DescribeInstances', { InstanceIds: [id] })).Reservations[0].Instances[0];
const described = async () => {
  await catchUp(w.world, scope, { name: 'DescribeInstances' });
  return known();
};
const volumes = async () => (await w.call('DescribeVolumes')).Volumes;
const used = (name: string) => w.world.store.read.usage(scope, name);

it('a machine that the cloud says runs is shown so, whole, before its launch has looked', async () => {
  expect((await described()).State.Name).toBe('pending');
  tellRunning();
  const shown = await described();
  expect(shown).toMatchObject({
    State: { Name: 'running' },
    NetworkInterfaces: [{ Attachment: { Status: 'attached' } }],
  });
  for (const { Ebs } of shown.BlockDeviceMappings) expect(Ebs.Status).toBe('attached');
  for (const volume of await volumes()) {
    expect(volume).toMatchObject({ State: 'in-use', Attachments: [{ InstanceId: id, State: 'attached' }] });
  }
  expect(await w.world.store.operations.of(id)).toEqual(['instance.launch']);
  await w.settle();
  expect(await known()).toEqual(shown);
});

it('what is asked of it then is done when its launch has ended', async () => {
  tellRunning();
  await described();
  await w.call('StopInstances', { InstanceIds: [id] });
  expect((await known()).State.Name).toBe('stopping');
  await w.settle();
  expect((await known()).State.Name).toBe('stopped');
  expect(await w.world.store.operations.pending()).toBe(0);
});

it('a volume that is asked back then stays on its way', async () => {
  tellRunning();
  await described();
  const Device = '/dev/sdf';
  const [{ VolumeId }] = (await volumes()).filter((v: { Attachments: { Device: string }[] }) =>
    v.Attachments.some((a) => a.Device === Device),
  );
  await w.call('DetachVolume', { VolumeId });
  await w.settle();
  const after = (await w.call('DescribeVolumes', { VolumeIds: [VolumeId] })).Volumes[0];
  expect(after).toMatchObject({ State: 'available', Attachments: [] });
});

it.each([
  ['shown running', async () => undefined, 'terminated'],
  ['asked to stop', () => w.call('StopInstances', { InstanceIds: [id] }), 'terminated'],
  ['asked to end', () => w.call('TerminateInstances', { InstanceIds: [id] }), 'terminated'],
])('a launch that fails after its machine was %s ends it, and gives back what it took', async (_, ask, state) => {
  tellRunning();
  await described();
  await ask();
  broken = true;
  await w.settle();
  expect((await known()).State.Name).toBe(state);
  expect([await used('instances'), await used('vcpus'), await used('volumes')]).toEqual([0, 0, 0]);
  expect(await volumes()).toEqual([]);
});

it('what the cloud said before the instance changed is not shown', async () => {
  tellRunning();
  meanwhile = () => w.call('ModifyInstanceAttribute', { InstanceId: id, DisableApiTermination: { Value: true } });
  expect((await described()).State.Name).toBe('pending');
  meanwhile = async () => undefined;
  expect((await described()).State.Name).toBe('running');
});

it('one that is started again is shown when its start has looked: it may be what ran before that the cloud tells of', async () => {
  await w.settle();
  await w.call('StopInstances', { InstanceIds: [id] });
  await w.settle();
  await w.call('StartInstances', { InstanceIds: [id] });
  await w.worker.idle();
  tellRunning();
  expect((await described()).State.Name).toBe('pending');
  await w.settle();
  expect((await known()).State.Name).toBe('running');
});
