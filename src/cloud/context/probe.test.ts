import { afterEach, it } from 'vitest';
import { expectRefusal, type TestWorld, testWorld } from '../../../test/support/world.ts';
import { DriverError, type Trouble } from '../../ports/driver.ts';

let w: TestWorld;
afterEach(() => w.close());

it.each<[Trouble, string]>([
  ['unavailable', 'Unavailable'],
  ['throttled', 'Unavailable'],
  ['unsupported', 'UnsupportedOperation'],
  ['denied', 'UnauthorizedOperation'],
])('trouble %s is %s', async (trouble, code) => {
  const home = async () => {
    throw new DriverError(trouble, 'the cloud’s own words');
  };
  w = await testWorld({ wrap: (driver) => ({ ...driver, networks: { home, inUse: async () => new Set() } }) });
  await expectRefusal(w.call('DescribeVpcs'), code, /^(?!.*own words)/);
});
