import { type About, type Call, DriverError, type Kind, type Seen } from '../../../ports/driver.ts';
import type { AddressSpec, SeenAddress } from '../../../ports/networks.ts';
import { all } from '../catalogue/offered.ts';
import { idOf } from '../ids.ts';
import type { PlaceOf } from '../places.ts';
import type { Made, Records } from '../records.ts';
import { type FloatingIp, floatingIps, type Port, ports } from '../rest/neutron.ts';
import type { Session } from '../rest/session.ts';
import { OpenStackError } from '../trouble.ts';

export type AddressRecord = Made;

export interface AddressParts {
  readonly records: Records<AddressRecord>;
  readonly placeOf: PlaceOf;
  /** The network that floating IPs of the account's come from. Throws a DriverError `unsupported` when there is none. */
  readonly externalOf: (call: Call) => Promise<string>;
}

/** Elastic IPs are Neutron's floating IPs, described by our ids: they have no names. */
export const createAddresses = (parts: AddressParts): Kind<AddressSpec, SeenAddress> => new FloatingAddresses(parts);

/** A floating IP as far as it is known; `record` is absent for one that others made. */
interface Found {
  readonly session: Session;
  readonly record: AddressRecord | undefined;
  readonly there: FloatingIp | undefined;
}

class FloatingAddresses implements Kind<AddressSpec, SeenAddress> {
  readonly #parts: AddressParts;
  readonly #records: Records<AddressRecord>;

  constructor(parts: AddressParts) {
    this.#parts = parts;
    this.#records = parts.records;
  }

  ensure(id: string, spec: AddressSpec, call: Call): Promise<SeenAddress> {
    return this.#records.alone(id, call, async () => {
      const { session, record, there } = await this.#find(id, spec.publicIp === undefined, call);
      if (there === undefined) {
        if (spec.publicIp === undefined && record?.native === undefined)
          return seenOf(await this.#make(id, session, record !== undefined, call));
        throw new DriverError('invalid', `the floating IP of ${id} was deleted in the cloud`, { about: 'gone' });
      }
      if (record !== undefined) {
        if (record.native === undefined) await this.#records.put(id, call, { ...record, native: there.id });
        await removeOthers(session, id, { ...record, native: there.id }, call);
      }
      // Allocating it anew does not take it away from where it is.
      if (spec.publicIp === undefined && spec.association === undefined) return seenOf(there);
      return seenOf(await place(session, there, spec.association, call));
    });
  }

  async look(id: string, call: Call): Promise<SeenAddress | undefined> {
    const { there } = await this.#find(id, false, call);
    return there && seenOf(there);
  }

  absent(id: string, call: Call): Promise<Seen> {
    return this.#records.alone(id, call, async () => {
      const { session, record, there } = await this.#find(id, false, call);
      if (there !== undefined) await floatingIps.delete(session, there.id, call.signal);
      if (record === undefined) return { settled: true };
      await removeOthers(session, id, { ...record, ...(there && { native: there.id }) }, call);
      await this.#records.delete(id, call);
      return { settled: true };
    });
  }

  async *list(call: Call) {
    const records = (await this.#records.list(call)).filter(([, { adopted }]) => !adopted);
    for (const account of new Set(records.map(([, made]) => made.account))) {
      const ids = new Map(
        records.filter(([, made]) => made.account === account).map(([id, made]) => [made.native ?? id, id]),
      );
      const { session } = await this.#parts.placeOf(account);
      for await (const there of floatingIps.list(session, {}, call.signal)) {
        const id = ids.get(there.id) ?? ids.get(there.description);
        if (id !== undefined) yield { id, seen: seenOf(there) };
      }
    }
  }

  /** `isNew`: an id without a record surely stands for nothing yet. */
  async #find(id: string, isNew: boolean, call: Call): Promise<Found> {
    const record = await this.#records.get(id, call);
    const { session, project } = await this.#parts.placeOf(record?.account ?? call.account);
    if (record === undefined)
      return { session, record, there: isNew ? undefined : await foreign(session, project, id, call) };
    if (record.native !== undefined)
      return { session, record, there: await floatingIps.get(session, record.native, call.signal) };
    const [there] = await described(session, id, call);
    return { session, record, there };
  }

  async #make(id: string, session: Session, again: boolean, call: Call): Promise<FloatingIp> {
    const network = await this.#parts.externalOf(call);
    const record = { account: call.account, ...(again && { again }) };
    await this.#records.put(id, call, record);
    const made = await floatingIps.create(session, { floating_network_id: network, description: id }, call.signal);
    await this.#records.put(id, call, { ...record, native: made.id });
    return made;
  }
}

/** Nobody waits for `ACTIVE`: Neutron has written down where it is, and its agents follow within moments. */
const seenOf = (there: FloatingIp): SeenAddress => ({ settled: true, publicIp: there.floating_ip_address });

/** Floating IPs that were made for an id. */
const described = (session: Session, id: string, call: Call): Promise<readonly FloatingIp[]> =>
  all(floatingIps.list(session, { description: id }, call.signal));

/** The floating IP that others made and this id is computed from. */
async function foreign(session: Session, project: string, id: string, call: Call): Promise<FloatingIp | undefined> {
  for await (const one of floatingIps.list(session, { project_id: project }, call.signal)) {
    if (idOf('eipalloc', one.id) === id) return one;
  }
  return undefined;
}

/** Takes away what was made twice, because nobody knew whether the cloud was at work on it. */
async function removeOthers(session: Session, id: string, { native, again }: AddressRecord, call: Call): Promise<void> {
  if (!again) return;
  for (const other of await described(session, id, call)) {
    if (other.id !== native) await floatingIps.delete(session, other.id, call.signal);
  }
}

/** Puts a floating IP on a port's address, or on none. */
async function place(
  session: Session,
  there: FloatingIp,
  to: AddressSpec['association'],
  call: Call,
): Promise<FloatingIp> {
  const put = async (where: { readonly port_id: string | null; readonly fixed_ip_address?: string }) => {
    try {
      return await floatingIps.update(session, there.id, where, call.signal);
    } catch (error) {
      throw explained(error);
    }
  };
  if (to === undefined) return there.port_id === null ? there : put({ port_id: null });
  const port = await portOf(session, to.interface, call);
  if (port === undefined) throw new DriverError('invalid', `there is no port of the interface ${to.interface}`);
  if (there.port_id === port.id && there.fixed_ip_address === to.privateIp) return there;
  return put({ port_id: port.id, fixed_ip_address: to.privateIp });
}

/** The port of an interface: ours has its name; the id of another's is computed from Neutron's. */
export async function portOf(session: Session, eni: string, call: Call): Promise<Port | undefined> {
  for await (const port of ports.list(session, { name: eni }, call.signal)) if (port.name === eni) return port;
  for await (const port of ports.list(session, {}, call.signal)) if (idOf('eni', port.id) === eni) return port;
  return undefined;
}

/** Neutron's names for what stands in the way of an association (neutron_lib.exceptions.l3). */
function explained(error: unknown): unknown {
  const about = error instanceof OpenStackError ? obstacles[error.facts.kind ?? ''] : undefined;
  return about === undefined ? error : new DriverError('invalid', (error as Error).message, { cause: error, about });
}

const obstacles: Readonly<Record<string, About>> = {
  ExternalGatewayForFloatingIPNotFound: 'no-gateway',
  FloatingIPPortAlreadyAssociated: 'in-use',
  // It was there a moment ago.
  FloatingIPNotFound: 'gone',
};
