import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ResizingCloud, resizingCloud } from '../../../../test/support/resizingCloud.ts';
import { expectRefusal, type TestWorld, testAccount, testWorld } from '../../../../test/support/world.ts';
import { type About, DriverError, type Trouble } from '../../../ports/driver.ts';
import { launched } from '../instance.fixture.ts';

let cloud: ResizingCloud;
let w: TestWorld;
let id: string;

beforeEach(async () => {
  w = await testWorld({
    regions: ['us-east-1'],
    wrap: (driver, shelf) => {
      cloud = resizingCloud(shelf);
      return cloud.wrap(driver);
    },
  });
  [id] = (await launched(w)) as [string];
  await w.call('StopInstances', { InstanceIds: [id] });
  await w.settle();
});
afterEach(() => w.close());

/** The answer comes when the cloud has done it: time passes meanwhile. */
async function modify(Value: string): Promise<void> {
  let over = false;
  const answer = w.call('ModifyInstanceAttribute', { InstanceId: id, InstanceType: { Value } });
  const ended = Promise.allSettled([answer]).finally(() => {
    over = true;
  });
  while (!over) {
    await w.settle();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  await answer;
}
const shown = async () => (await w.call('DescribeInstances', { InstanceIds: [id] })).Reservations[0].Instances[0];
const vcpus = () => w.world.store.read.usage({ account: testAccount, region: 'us-east-1' }, 'vcpus');

describe('where the cloud makes machines ones of another type', () => {
  it('the machine is of the new type when the request is answered', async () => {
    await modify('t3.2xlarge');
    expect(await cloud.typeOf(id)).toBe('t3.2xlarge');
    expect(await shown()).toMatchObject({
      InstanceType: 't3.2xlarge',
      CpuOptions: { CoreCount: 4, ThreadsPerCore: 2 },
    });
    await w.call('StartInstances', { InstanceIds: [id] });
    await w.settle();
    expect([(await shown()).State.Name, await vcpus()]).toEqual(['running', 8]);
  });

  it('is not asked for the type that the instance has', async () => {
    await modify('t3.micro');
    expect(await cloud.typeOf(id)).toBeUndefined();
    await expectRefusal(modify('z9.huge'), 'InvalidInstanceAttributeValue', /z9/);
  });

  it.each([
    ['no-capacity', undefined, 'InsufficientInstanceCapacity'],
    ['no-capacity', 'quota', 'VcpuLimitExceeded'],
    ['invalid', 'state', 'IncorrectInstanceState'],
    ['invalid', undefined, 'InvalidInstanceAttributeValue'],
    ['denied', undefined, 'UnauthorizedOperation'],
    ['bug', undefined, 'InternalError'],
  ] satisfies [Trouble, About | undefined, string][])(
    '%s (%s) is %s, and the instance is as before',
    async (...said) => {
      const [trouble, about, code] = said;
      const before = await shown();
      cloud.refusals.push(new DriverError(trouble, 'no', { about }));
      await expectRefusal(modify('t3.small'), code as never);
      expect(await shown()).toEqual(before);
    },
  );

  it('an instance that is started meanwhile starts as what the cloud made of it', async () => {
    cloud.refusals.push(new DriverError('unavailable', 'not now'), new DriverError('no-capacity', 'full'));
    const answer = w.call('ModifyInstanceAttribute', { InstanceId: id, InstanceType: { Value: 't3.2xlarge' } });
    const refused = expectRefusal(answer, 'InsufficientInstanceCapacity');
    while ((await shown()).InstanceType !== 't3.2xlarge') await new Promise((resolve) => setImmediate(resolve));
    await w.call('StartInstances', { InstanceIds: [id] });
    expect(await vcpus()).toBe(8);
    for (let turn = 0; turn < 3; turn++) await w.settle();
    await refused;
    expect(await shown()).toMatchObject({ InstanceType: 't3.micro', State: { Name: 'running' } });
    expect(await vcpus()).toBe(2);
  });
});
