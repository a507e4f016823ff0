import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { launched, paravirtual } from '../instance.fixture.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

describe('GetConsoleOutput', () => {
  it('gives what the machine wrote, as base64', async () => {
    const [InstanceId] = await launched(w);
    await w.clock.advance(60_000);
    const out = await w.call('GetConsoleOutput', { InstanceId });
    expect(out.InstanceId).toBe(InstanceId);
    expect(out.Timestamp).toBeInstanceOf(Date);
    expect(Buffer.from(out.Output, 'base64').toString()).toMatch(/login:/);
    expect((await w.call('GetConsoleOutput', { InstanceId, Latest: true })).Output).toBe(out.Output);
  });

  it('is empty once the instance is gone', async () => {
    const [InstanceId] = await launched(w);
    await w.call('TerminateInstances', { InstanceIds: [InstanceId] });
    await w.settle();
    const out = await w.call('GetConsoleOutput', { InstanceId });
    expect(out).toMatchObject({ InstanceId, Timestamp: expect.any(Date) });
    expect(out.Output).toBeUndefined();
  });

  it('refuses', async () => {
    const [old] = await launched(w, { ImageId: paravirtual(w), InstanceType: 'm1.small' });
    await expectRefusal(
      w.call('GetConsoleOutput', { InstanceId: old, Latest: true }),
      'UnsupportedOperation',
      /Latest/,
    );
    await expectRefusal(w.call('GetConsoleOutput', {}), 'MissingParameter', /InstanceId/);
    await expectRefusal(
      w.call('GetConsoleOutput', { InstanceId: old }, { account: otherAccount }),
      'InvalidInstanceID.NotFound',
    );
  });

  it('gives the newest of every type where the cloud has no other', async () => {
    const cloud = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, latestConsole: true } }) });
    const [InstanceId] = await launched(cloud, { ImageId: paravirtual(cloud), InstanceType: 'm1.small' });
    await cloud.clock.advance(60_000);
    expect((await cloud.call('GetConsoleOutput', { InstanceId, Latest: true })).Output).toBeDefined();
    await cloud.close();
  });

  it('says so when the cloud cannot be reached', async () => {
    const down = await testWorld({ simulator: { failures: [{ verb: 'compute.consoleLog', trouble: 'unavailable' }] } });
    const [InstanceId] = await launched(down);
    await expectRefusal(down.call('GetConsoleOutput', { InstanceId }), 'Unavailable');
    await down.close();
  });
});
