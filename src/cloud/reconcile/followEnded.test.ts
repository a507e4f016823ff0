import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestWorld, testWorld } from '../../../test/support/world.ts';
import type { EndedMachine } from '../../ports/driver.ts';
import { followEnded } from './followEnded.ts';

let w: TestWorld;
let ended: EndedMachine[];

beforeEach(async () => {
  ended = [];
  const wrap = (driver: TestWorld['driver']) => ({
    ...driver,
    compute: Object.assign(Object.create(driver.compute), {
      ended: async ({ region }: { region: string }) => (region === 'us-east-1' ? ended : []),
    }),
  });
  w = await testWorld({ wrap });
});
afterEach(() => w.close());

async function launch(more: object = {}): Promise<string> {
  const { Images } = await w.call('DescribeImages', { Filters: [{ Name: 'name', Values: ['al2023-ami-2*-x86_64'] }] });
  const asked = { ImageId: Images[0].ImageId, MinCount: 1, MaxCount: 1, InstanceType: 't3.micro', ...more };
  const { Instances } = await w.call('RunInstances', asked);
  await w.settle();
  return Instances[0].InstanceId;
}

const told = async (id: string) => {
  const { Reservations } = await w.call('DescribeInstances', { InstanceIds: [id] });
  const { State, StateReason } = Reservations[0].Instances[0];
  return [State.Name, StateReason?.Code];
};

const follow = async () => {
  await followEnded.run(w.world);
  await w.settle();
};

describe('a machine that went off by itself', () => {
  it('is a stopped instance, which starts again', async () => {
    const id = await launch();
    ended = [{ id, why: 'shutdown' }];
    await follow();
    expect(await told(id)).toEqual(['stopped', 'Client.InstanceInitiatedShutdown']);
    // Told again until the cloud was asked about it: nothing more happens.
    await follow();
    ended = [];
    await w.call('StartInstances', { InstanceIds: [id] });
    await w.settle();
    expect(await told(id)).toEqual(['running', undefined]);
  });

  it('is terminated where a shutdown means that, although it is protected', async () => {
    const id = await launch({ InstanceInitiatedShutdownBehavior: 'terminate', DisableApiTermination: true });
    ended = [{ id, why: 'shutdown' }];
    await follow();
    expect(await told(id)).toEqual(['terminated', 'Client.InstanceInitiatedShutdown']);
  });

  it('is stopped when it failed, whatever a shutdown means', async () => {
    const id = await launch({ InstanceInitiatedShutdownBehavior: 'terminate' });
    ended = [{ id, why: 'crash' }];
    await follow();
    expect(await told(id)).toEqual(['stopped', 'Server.InternalError']);
  });

  it('is left alone when somebody stops it already, or nobody knows it', async () => {
    const id = await launch();
    await w.call('StopInstances', { InstanceIds: [id] });
    ended = [
      { id, why: 'shutdown' },
      { id: 'i-0000000000000dead', why: 'crash' },
    ];
    await follow();
    expect(await told(id)).toEqual(['stopped', 'Client.UserInitiatedShutdown']);
  });
});
