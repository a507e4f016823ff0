import { expect, it } from 'vitest';
import { createCloudNetworks } from '../../../test/support/cloudNetworks.ts';
import { type TestWorld, testWorld } from '../../../test/support/world.ts';
import type { MachineSpec } from '../../ports/driver.ts';
import type { Networks } from '../../ports/networks.ts';
import { imageWhere, launched, run } from './instance.fixture.ts';

/** What the cloud is told to make, of a launch. */
async function spec(more: object, own?: Partial<Networks>): Promise<MachineSpec> {
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
  await launched(w, more);
  await w.settle();
  await w.close();
  return asked[0]!;
}

/** The same, with this interface. */
const told = (specification: object, own?: Partial<Networks>): Promise<MachineSpec> =>
  spec({ NetworkInterfaces: [{ DeviceIndex: 0, ...specification }] }, own);

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

it('the cloud is told how the machine boots where that is UEFI: as the image prefers, if the type can', async () => {
  expect((await spec({ InstanceType: 't3.micro' })).bootMode).toBe('uefi');
  expect(Object.keys(await spec({ InstanceType: 't2.micro' }))).not.toContain('bootMode');
});

it('an image that boots by UEFI only is refused on a type that cannot', async () => {
  const w = await testWorld();
  const ImageId = imageWhere(w, (i) => i.bootMode === 'uefi' && i.architecture === 'x86_64');
  await expect(run(w, { ImageId, InstanceType: 't2.large' })).rejects.toMatchObject({
    code: 'InvalidParameterCombination',
    message: expect.stringContaining("boot mode 'uefi'"),
  });
  await w.close();
});

it('how far tokens may go is told to a cloud whose network takes it', async () => {
  expect((await told({}, { tokenHops: true })).tokenHops).toBe(2);
  expect(await told({}, {})).not.toHaveProperty('tokenHops');
});
