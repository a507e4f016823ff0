import { setTimeout as pause } from 'node:timers/promises';
import { qemuCan } from '../../../src/drivers/qemu/driver.ts';
import { homeOf } from '../../../src/drivers/qemu/network/home.ts';
import { type Bench, callOf, idOf } from '../../contract/driver/harness.ts';
import { driverSuite } from '../../contract/driver/suite.ts';
import { importedBoot, needQemu, openCloud, region } from '../support/cloud.ts';

needQemu();

/** The longest that a case waits for a guest at once: it boots in a few seconds. */
const longestMs = 25_000;

let addresses = 0;
const home = homeOf(region, callOf(region).account, [`${region}a`]);

async function bench(): Promise<Bench> {
  const small = { zone: `${region}b`, instanceType: 't2.nano' };
  const cloud = openCloud({
    zones: { [`${region}a`]: {}, [small.zone]: { machines: 2 } },
    patience: { stop: 500, reboot: 500, terminate: 100 },
  });
  const boot = await importedBoot(cloud);
  return {
    get driver() {
      return cloud.driver;
    },
    restart: cloud.restart,
    wait: (ms) => pause(Math.min(ms, longestMs)),
    close: cloud.close,
    region,
    otherRegion: 'local-2',
    sample: {
      ...{ zone: `${region}a`, instanceType: 't2.nano', architecture: 'x86_64' },
      ...{ image: 'ami-00000000000000001', imageName: 'guest', ...boot },
    },
    small,
    interfaces: () => {
      const last = ++addresses % 250;
      const mac = `02:00:00:00:00:${last.toString(16).padStart(2, '0')}`;
      return [{ id: idOf('eni'), privateIp: `172.31.0.${last + 4}`, mac, subnet: home.subnets[0]!.id }];
    },
  };
}

driverSuite('qemu', qemuCan, bench, {}, ['addresses', 'groups', 'interfaces']);
