import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import type { Consoles, NoConsole } from '../../../ports/consoles.ts';
import { DriverError } from '../../../ports/driver.ts';
import { launched } from '../instance.fixture.ts';

const picture = Buffer.from('a picture');
/** What the cloud's screens show; a function throws. */
let shown: Uint8Array | NoConsole | (() => never);
let asked: readonly unknown[];
let w: TestWorld;

const consoles: Consoles = {
  async screenshot(id, how, { account, region }) {
    asked = [...asked, { id, ...how, account, region }];
    return typeof shown === 'function' ? shown() : shown;
  },
  open: async () => 'off',
};

beforeEach(async () => {
  shown = picture;
  asked = [];
  w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, screenshots: true }, consoles }) });
});
afterEach(() => w.close());

const screenshot = (input: object, options = {}) => w.call('GetConsoleScreenshot', input, options);

describe('GetConsoleScreenshot', () => {
  it('gives the picture as base64, and asks for a key to be pressed where that is wanted', async () => {
    const [InstanceId] = await launched(w);
    expect(await screenshot({ InstanceId })).toEqual({ InstanceId, ImageData: picture.toString('base64') });
    await screenshot({ InstanceId, WakeUp: true });
    const whose = { id: InstanceId, account: '111122223333', region: 'us-east-1' };
    expect(asked).toEqual([
      { ...whose, wakeUp: false },
      { ...whose, wakeUp: true },
    ]);
  });

  it('presses no key in a dry run', async () => {
    const [InstanceId] = await launched(w);
    await expectRefusal(screenshot({ InstanceId, WakeUp: true, DryRun: true }), 'DryRunOperation');
    expect(asked).toMatchObject([{ wakeUp: false }]);
  });

  it('refuses what is not there, not one’s own, or not running', async () => {
    const [InstanceId] = await launched(w);
    await expectRefusal(screenshot({}), 'MissingParameter', /InstanceId/);
    await expectRefusal(screenshot({ InstanceId: 'i-0' }), 'InvalidInstanceID.Malformed');
    await expectRefusal(screenshot({ InstanceId: 'i-0123456789abcdef0' }), 'InvalidInstanceID.NotFound');
    await expectRefusal(screenshot({ InstanceId }, { account: otherAccount }), 'InvalidInstanceID.NotFound');
    await w.call('StopInstances', { InstanceIds: [InstanceId] });
    await w.settle();
    await expectRefusal(screenshot({ InstanceId }), 'IncorrectInstanceState', /not in the 'running' state/);
    expect(asked).toEqual([]);
  });

  it.each([
    ['off', 'IncorrectInstanceState', /is off/],
    ['none', 'IncorrectInstanceState', /started without a screen.*stopped and started/],
    ['silent', 'Unavailable', /does not answer/],
  ] as const)('tells of a machine that is %s', async (why, code, message) => {
    shown = why;
    const [InstanceId] = await launched(w);
    await expectRefusal(screenshot({ InstanceId }), code, message);
  });

  it('tells of a cloud that cannot be asked', async () => {
    shown = () => {
      throw new DriverError('unavailable', 'no room');
    };
    const [InstanceId] = await launched(w);
    await expectRefusal(screenshot({ InstanceId }), 'Unavailable');
  });

  it('is refused where machines have no screen', async () => {
    const simulated = await testWorld();
    const [InstanceId] = await launched(simulated);
    await expectRefusal(simulated.call('GetConsoleScreenshot', { InstanceId }), 'UnsupportedOperation', /no screen/);
    await simulated.close();
  });
});
