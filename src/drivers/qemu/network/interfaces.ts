import { type Call, DriverError, type MachineSpec, type Seen } from '../../../ports/driver.ts';
import type { GroupSpec, Networks } from '../../../ports/networks.ts';
import type { Machines } from '../machines/machines.ts';
import type { RecordFiles } from '../records.ts';
import { needRegion } from './inRegion.ts';

export interface InterfacesParts {
  readonly region: string;
  readonly groups: RecordFiles<GroupSpec>;
  readonly machines: Pick<Machines, 'records' | 'locks'>;
  readonly follow: () => Promise<void>;
}

/** What changes at the interfaces of machines, also of those that run: it is in their records, which the network is made of. */
export function createInterfaces({
  region,
  groups,
  machines,
  follow,
}: InterfacesParts): Required<Pick<Networks, 'setGroups' | 'setSourceDestCheck'>> {
  async function change(machine: string, on: string, more: Partial<MachineSpec['interfaces'][number]>): Promise<Seen> {
    await machines.locks.inTurn(machine, async () => {
      const record = await machines.records.read(machine);
      if (!record?.spec.interfaces.some(({ id }) => id === on))
        throw new DriverError('invalid', `${machine} has no interface ${on}`, { about: 'gone' });
      const interfaces = record.spec.interfaces.map((nic) => (nic.id === on ? { ...nic, ...more } : nic));
      await machines.records.write(machine, { ...record, spec: { ...record.spec, interfaces } });
    });
    await follow();
    return { settled: true };
  }

  return {
    async setGroups(machine: string, on: string, wanted: readonly string[], call: Call) {
      needRegion(region, call);
      const known = await groups.all();
      for (const id of wanted)
        if (!known.has(id)) throw new DriverError('invalid', `there is no group ${id}`, { about: 'gone' });
      return change(machine, on, { groups: wanted });
    },
    async setSourceDestCheck(machine: string, on: string, sourceDestCheck: boolean, call: Call) {
      needRegion(region, call);
      return change(machine, on, { sourceDestCheck });
    },
  };
}
