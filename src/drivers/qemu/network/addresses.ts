import { DriverError, type Kind, type MachineSpec } from '../../../ports/driver.ts';
import type { AddressSpec, SeenAddress } from '../../../ports/networks.ts';
import type { Locks } from '../locks.ts';
import type { RecordFiles } from '../records.ts';
import type { KeptAddress } from './whole.ts';

export interface AddressParts {
  readonly records: RecordFiles<KeptAddress>;
  /** The `n`th address there is to give; undefined: no more. */
  readonly nth: (n: number) => string | undefined;
  readonly interfacesOf: (machine: string) => Promise<MachineSpec['interfaces']>;
  readonly locks: Pick<Locks, 'inTurn'>;
  readonly follow: () => Promise<void>;
}

type At = NonNullable<AddressSpec['association']>;

const seen = ({ publicIp }: KeptAddress): SeenAddress => ({ settled: true, publicIp });

/** Elastic IPs: a record each, which the network is made of. */
export function createAddresses({
  records,
  nth,
  interfacesOf,
  locks,
  follow,
}: AddressParts): Kind<AddressSpec, SeenAddress> {
  async function allocate(id: string): Promise<KeptAddress> {
    const used = new Set([...(await records.all()).values()].map(({ publicIp }) => publicIp));
    for (let n = 0; ; n += 1) {
      const publicIp = nth(n);
      if (publicIp === undefined) throw new DriverError('no-capacity', 'every public address is somebody’s');
      if (used.has(publicIp)) continue;
      await records.write(id, { publicIp });
      return { publicIp };
    }
  }

  async function needFree(id: string, at: At): Promise<void> {
    if (at.machine !== undefined) {
      const nic = (await interfacesOf(at.machine)).find((one) => one.id === at.interface);
      if (nic === undefined || ![nic.privateIp, ...(nic.secondaryIps ?? [])].includes(at.privateIp))
        throw new DriverError('invalid', `${at.machine} has no ${at.privateIp} at ${at.interface}`);
    }
    for (const [other, { association }] of await records.all())
      if (other !== id && association?.interface === at.interface && association.privateIp === at.privateIp)
        throw new DriverError('invalid', `${other} is at ${at.privateIp} of ${at.interface}`, { about: 'in-use' });
  }

  async function associate(id: string, { association }: AddressSpec, there: KeptAddress): Promise<void> {
    if (association !== undefined) await needFree(id, association);
    await records.write(id, { publicIp: there.publicIp, ...(association && { association }) });
    await follow();
  }

  return {
    ensure: (id, spec) =>
      locks.inTurn('addresses', async () => {
        const there = await records.read(id);
        if (there === undefined && spec.publicIp !== undefined)
          throw new DriverError('invalid', `there is no address ${id}`, { about: 'gone' });
        const mine = there ?? (await allocate(id));
        if (spec.publicIp !== undefined) await associate(id, spec, mine);
        return seen(mine);
      }),
    async look(id) {
      const there = await records.read(id);
      return there && seen(there);
    },
    async absent(id) {
      await records.remove(id);
      await follow();
      return { settled: true };
    },
    async *list() {
      for (const [id, one] of await records.all()) yield { id, seen: seen(one) };
    },
  };
}
