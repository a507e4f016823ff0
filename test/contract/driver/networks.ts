import { expect } from 'vitest';
import type { Call, Driver, MachineSpec } from '../../../src/ports/driver.ts';
import type { AddressSpec, GroupSpec } from '../../../src/ports/networks.ts';
import { type Bench, callOf, idOf, machineOf, settle, troubleOf } from './harness.ts';

const addressesOf = ({ networks }: Driver) => networks!.addresses!;
const groupsOf = ({ networks }: Driver) => networks!.groups!;

const spec = (rules: GroupSpec['rules'], isNew: boolean): GroupSpec => ({
  vpc: 'vpc-00000000000000001',
  name: 'of the contract',
  description: 'of the contract',
  isDefault: false,
  isNew,
  rules,
});

async function machine(bench: Bench, call: Call, groups?: readonly string[]) {
  const id = idOf('i');
  const plain = machineOf(bench);
  const interfaces = plain.interfaces.map((n): MachineSpec['interfaces'][number] => ({
    ...n,
    ...(groups && { groups }),
  }));
  await settle(bench, () => bench.driver.compute.ensure(id, { ...plain, interfaces }, call));
  return { id, port: interfaces[0]! };
}

type Machine = Awaited<ReturnType<typeof machine>>;

const on = ({ id, port }: Machine): NonNullable<AddressSpec['association']> => ({
  machine: id,
  interface: port.id,
  privateIp: port.privateIp,
});

/** What holds of clouds that have addresses, or groups, of their own. */
export const networkCases: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'an address goes to a machine, to another, and to none': async (bench) => {
    const call = callOf(bench.region);
    const addresses = addressesOf(bench.driver);
    const id = idOf('eipalloc');
    const { publicIp } = await settle(bench, () => addresses.ensure(id, {}, call));
    const [one, other] = [await machine(bench, call), await machine(bench, call)];
    for (const association of [on(one), on(one), on(other), undefined]) {
      const wanted = { publicIp, ...(association && { association }) };
      expect((await settle(bench, () => addresses.ensure(id, wanted, call))).publicIp).toBe(publicIp);
    }
    const second = idOf('eipalloc');
    const made = await settle(bench, () => addresses.ensure(second, {}, call));
    await settle(bench, () => addresses.ensure(second, { publicIp: made.publicIp, association: on(one) }, call));
    // Where somebody is, nobody else comes.
    const taken = addresses.ensure(id, { publicIp, association: on(one) }, call);
    expect(await troubleOf(taken)).toBe('invalid');
    const nowhere = { ...on(one), interface: idOf('eni') };
    expect(await troubleOf(addresses.ensure(id, { publicIp, association: nowhere }, call))).toBe('invalid');
    // It goes with its machine, and the address stays.
    await settle(bench, () => bench.driver.compute.absent(one.id, call));
    expect(await addresses.look(second, call)).toMatchObject({ publicIp: made.publicIp });
  },
  'an address goes to a secondary address of a machine, and another to its primary one': async (bench) => {
    const call = callOf(bench.region);
    const addresses = addressesOf(bench.driver);
    const [plain, { interfaces: more }] = [machineOf(bench), machineOf(bench)];
    const secondaryIps = more.map(({ privateIp }) => privateIp);
    const port = { ...plain.interfaces[0]!, secondaryIps };
    const machineId = idOf('i');
    await settle(bench, () => bench.driver.compute.ensure(machineId, { ...plain, interfaces: [port] }, call));
    for (const privateIp of [...secondaryIps, port.privateIp]) {
      const id = idOf('eipalloc');
      const { publicIp } = await settle(bench, () => addresses.ensure(id, {}, call));
      const association = { machine: machineId, interface: port.id, privateIp };
      expect((await settle(bench, () => addresses.ensure(id, { publicIp, association }, call))).publicIp).toBe(
        publicIp,
      );
    }
    const id = idOf('eipalloc');
    const { publicIp } = await settle(bench, () => addresses.ensure(id, {}, call));
    const stranger = { machine: machineId, interface: port.id, privateIp: machineOf(bench).interfaces[0]!.privateIp };
    expect(await troubleOf(addresses.ensure(id, { publicIp, association: stranger }, call))).toBe('invalid');
  },
  'an address that is gone is not allocated anew': async (bench) => {
    const call = callOf(bench.region);
    const addresses = addressesOf(bench.driver);
    const id = idOf('eipalloc');
    const { publicIp } = await settle(bench, () => addresses.ensure(id, {}, call));
    await settle(bench, () => addresses.absent(id, call));
    expect(await troubleOf(addresses.ensure(id, { publicIp }, call))).toBe('invalid');
    expect(await addresses.look(id, call)).toBeUndefined();
  },
  'an interface has the groups that it is given': async (bench) => {
    const call = callOf(bench.region);
    const [one, two] = [idOf('sg'), idOf('sg')];
    for (const id of [one, two]) await settle(bench, () => groupsOf(bench.driver).ensure(id, spec([], true), call));
    const { id, port } = await machine(bench, call, [one]);
    const { setGroups } = bench.driver.networks!;
    for (const groups of [[two], [one, two], [one, two], [one]])
      expect((await settle(bench, () => setGroups!(id, port.id, groups, call))).settled).toBe(true);
    expect(await troubleOf(setGroups!(id, idOf('eni'), [one], call))).toBe('invalid');
  },
  'a group that is gone is not made anew, nor given to an interface': async (bench) => {
    const call = callOf(bench.region);
    const groups = groupsOf(bench.driver);
    const id = idOf('sg');
    await settle(bench, () => groups.ensure(id, spec([], true), call));
    await settle(bench, () => groups.absent(id, call));
    expect(await troubleOf(groups.ensure(id, spec([], false), call))).toBe('invalid');
    expect(await groups.look(id, call)).toBeUndefined();
    const { id: host, port } = await machine(bench, call);
    expect(await troubleOf(bench.driver.networks!.setGroups!(host, port.id, [id], call))).toBe('invalid');
  },
};
