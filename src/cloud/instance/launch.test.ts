import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type TestWorld, testWorld } from '../../../test/support/world.ts';

let w: TestWorld;
let image: string;
beforeEach(async () => {
  w = await testWorld();
  image = w.driver.catalogue.images('us-east-1').find((i) => i.name.startsWith('al2023-ami-2') && i.architecture === 'x86_64')!.id;
});
afterEach(() => w.close());

describe('RunInstances', () => {
  it('launches, runs, terminates', async () => {
    const out = await w.call('RunInstances', { ImageId: image, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 });
    console.log(JSON.stringify(out));
    await w.settle();
    const seen = await w.call('DescribeInstances', {});
    console.log(JSON.stringify(seen));
    await w.call('TerminateInstances', { InstanceIds: [out.Instances[0].InstanceId] });
    await w.settle();
    console.log(JSON.stringify(await w.call('DescribeInstances', {})));
  });
});
