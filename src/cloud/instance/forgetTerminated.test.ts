import { expect, it } from 'vitest';
import { otherAccount, testWorld } from '../../../test/support/world.ts';
import { forgetTerminated, visibleMs } from './forgetTerminated.ts';
import { countOf, launched } from './instance.fixture.ts';

it('terminated instances are forgotten after an hour, those of every account, and no others', async () => {
  const w = await testWorld();
  const gone = await launched(w, { MinCount: 3, MaxCount: 3 });
  const [theirs] = await launched(w, {}, { account: otherAccount });
  const [stays] = await launched(w);
  await w.call('TerminateInstances', { InstanceIds: gone });
  await w.call('TerminateInstances', { InstanceIds: [theirs] }, { account: otherAccount });
  await w.settle();
  expect(await forgetTerminated(w.world, 'us-east-1')).toBe(0);
  await w.clock.advance(visibleMs + 1);
  expect(await forgetTerminated(w.world, 'eu-west-1')).toBe(0);
  expect(await forgetTerminated(w.world, 'us-east-1')).toBe(4);
  expect(await forgetTerminated(w.world, 'us-east-1')).toBe(0);
  expect(await countOf(w, 'instance')).toBe(1);
  expect((await w.call('DescribeInstances', { InstanceIds: [stays] })).Reservations).toHaveLength(1);
  await w.close();
});
