import { createSimulator, simulatorCan } from '../../../src/drivers/simulator/driver.ts';
import { noDelays, readSettings } from '../../../src/drivers/simulator/settings.ts';
import { createVirtualClock } from '../../../src/main/clock/virtual.ts';
import type { Bench } from './harness.ts';
import { createSeededRandom } from './random.ts';
import { createMemoryShelf } from './shelf.ts';
import { driverSuite } from './suite.ts';

const zone = 'us-east-1a';
const small = { zone: 'us-east-1b', instanceType: 't3.micro' };

/** A pretend cloud in virtual time, with or without delays. */
const bench = (delays: object) => async (): Promise<Bench> => {
  const shelf = createMemoryShelf();
  const clock = createVirtualClock({ start: Date.UTC(2026, 0, 1) });
  const settings = readSettings({ delays, capacity: [{ zone: small.zone, type: 't3.*', machines: 2 }] });
  const start = () => createSimulator({ shelf, clock, random: createSeededRandom(1), settings });
  const driver = start();
  const [image] = driver.catalogue.images('us-east-1').filter(({ name }) => name.startsWith('al2023-ami-2'));
  return {
    driver,
    restart: async () => start(),
    wait: (ms) => clock.advance(ms),
    close: () => driver.close(),
    region: 'us-east-1',
    otherRegion: 'eu-west-1',
    sample: {
      zone,
      instanceType: 't3.micro',
      image: image!.id,
      imageName: image!.name,
      architecture: image!.architecture,
    },
    small,
  };
};

driverSuite('simulator', simulatorCan, bench({}), {}, ['interfaces']);
driverSuite('simulator without delays', simulatorCan, bench(noDelays), {}, ['interfaces']);
