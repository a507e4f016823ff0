import { expect, it } from 'vitest';
import { createCloudNetworks } from '../../../test/support/cloudNetworks.ts';
import { type TestWorld, testWorld } from '../../../test/support/world.ts';
import type { MachineSpec } from '../../ports/driver.ts';
import type { Networks } from '../../ports/networks.ts';
import { launched } from './instance.fixture.ts';

/** What the cloud is told to make, of a launch with this interface. */
async function told(specification: object, own?: Partial<Networks>): Promise<MachineSpec> {
  const asked: MachineSpec[] = [];
  const w: TestWorld = await testWorld({
    wrap: (driver, shelf) => {
      const compute = new Proxy(driver.compute, {
        get(target, verb) {
          const member: unknown = Reflect.get(target, verb);
          if (typeof member !== 'function') return member;
          return (...given: unknown[]) => {
            if (verb === 'ensure') asked.push(given[1] as MachineSpec);
            return member.apply(target, given);
          };
        },
      });
      if (own === undefined) return { ...driver, compute };
      const networks = createCloudNetworks(shelf, { pool: 9, groups: 9, rulesPerGroup: 9 });
      return { ...driver, compute, networks: { ...networks, ...own } };
    },
  });
  await launched(w, { NetworkInterfaces: [{ DeviceIndex: 0, ...specification }] });
  await w.settle();
  await w.close();
  return asked[0]!;
}

it('the cloud is told the secondary addresses of an interface, after its primary one', async () => {
  const {
    interfaces: [one],
  } = await told({ SecondaryPrivateIpAddressCount: 1 });
  expect(one!.secondaryIps).toHaveLength(1);
  expect(new Set([one!.privateIp, ...one!.secondaryIps!]).size).toBe(2);
  const {
    interfaces: [plain],
  } = await told({});
  expect(Object.keys(plain!)).not.toContain('secondaryIps');
});

it('of addresses that the core chose, the primary one is that which the cloud gives the guest', async () => {
  const last = (addresses: readonly string[]) => [...addresses].sort().at(-1)!;
  const {
    interfaces: [one],
  } = await told({ SecondaryPrivateIpAddressCount: 1 }, { dhcpGives: last });
  expect(one!.privateIp > one!.secondaryIps![0]!).toBe(true);
});

it('how far tokens may go is told to a cloud whose network takes it', async () => {
  expect((await told({}, { tokenHops: true })).tokenHops).toBe(2);
  expect(await told({}, {})).not.toHaveProperty('tokenHops');
});
