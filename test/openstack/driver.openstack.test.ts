import { createOpenStack, openStackCan } from '../../src/drivers/openstack/driver.ts';
import { idOf as ec2IdOf } from '../../src/drivers/openstack/ids.ts';
import { createSystemClock } from '../../src/main/clock/system.ts';
import { systemRandom } from '../../src/main/random.ts';
import type { Driver } from '../../src/ports/driver.ts';
import { type Bench, callOf, idOf, listed, settle } from '../contract/driver/harness.ts';
import { createMemoryShelf } from '../contract/driver/shelf.ts';
import { driverSuite } from '../contract/driver/suite.ts';
import { silentLog } from '../support/log.ts';
import { bed } from './support/bed.ts';
import { settingsOf } from './support/driver.ts';
import { openStackSkips } from './support/skips.ts';

const region = 'os-1';
const otherRegion = 'os-2';
const zone = 'fake';
const cloud = bed();
const { subnet } = cloud.networks.demo;

/** Addresses of one machine after another, in the upper half of the subnet: Neutron hands out the lower ones first. */
let next = 0;
function interfaces() {
  next += 1;
  const [a, b, c] = subnet.cidr.split('.');
  const octet = (n: number) => n.toString(16).padStart(2, '0');
  return [
    {
      id: idOf('eni'),
      privateIp: `${a}.${b}.${c}.${100 + (next % 150)}`,
      mac: `02:00:00:${octet(next >> 16)}:${octet((next >> 8) & 255)}:${octet(next & 255)}`,
      subnet: ec2IdOf('subnet', subnet.id, zone),
    },
  ];
}

/** Takes away whatever a case left behind. */
async function clean(driver: Driver): Promise<void> {
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const { addresses, groups } = driver.networks!;
  for (const kind of [driver.compute, driver.images, driver.snapshots, driver.volumes, addresses!, groups!]) {
    for (const place of [region, otherRegion]) {
      for (const id of await listed(kind, callOf(place))) await settle({ wait }, () => kind.absent(id, callOf(place)));
    }
  }
}

async function open(): Promise<Bench> {
  const shelf = createMemoryShelf();
  const running = new Set<Driver>();
  const start = async (): Promise<Driver> => {
    const driver = createOpenStack({
      region,
      settings: settingsOf(cloud),
      shelf,
      clock: createSystemClock(),
      random: systemRandom(),
      log: silentLog,
      projectOf: async () => cloud.users.demo.project.id,
      accountOf: async () => ({ id: '000000000000', known: true }),
      isTaken: async () => false,
    });
    await driver.catalogue.refresh?.();
    running.add(driver);
    return driver;
  };
  const driver = await start();
  const image = driver.catalogue.images(region).find(({ name }) => name === cloud.image.name)!;
  return {
    driver,
    restart: start,
    // Looks are close together here: a fake hypervisor takes no time of its own.
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 1_000))),
    close: async () => {
      await clean(driver);
      await Promise.all([...running].map((one) => one.close()));
    },
    region,
    otherRegion,
    sample: {
      zone,
      instanceType: 'm1.tiny',
      image: image.id,
      imageName: image.name,
      architecture: image.architecture,
    },
    otherType: 'm1.small',
    interfaces,
    small: { zone, instanceType: 'm1.tiny' },
  };
}

driverSuite('openstack', openStackCan, open, openStackSkips, ['addresses', 'groups', 'resize']);
