import { type Call, DriverError } from '../../../ports/driver.ts';
import { another } from '../ours.ts';
import type { PlaceOf } from '../places.ts';
import type { Made, Records } from '../records.ts';
import { type Server, server, serverNames } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';
import { isGone } from './seen.ts';

/** What is remembered of a server. */
export interface MachineRecord extends Made {
  /** The operation of the last reboot that was asked for. */
  readonly reboot?: string;
  /** The resize that was asked for and has not come to its end, and the operation that asked. */
  readonly resize?: { readonly operation: string; readonly flavor: string };
  /** The instance type that was asked for: several may mean its flavor. Absent for one that others made. */
  readonly type?: string;
}

/** A server as far as it is known: no record, surely never begun; no server, not made yet or gone. */
export interface Found {
  readonly session: Session;
  readonly record: MachineRecord | undefined;
  readonly server: Server | undefined;
}

/** Finds the servers of our machines. */
export class Servers {
  readonly records: Records<MachineRecord>;
  readonly #placeOf: PlaceOf;

  constructor(records: Records<MachineRecord>, placeOf: PlaceOf) {
    this.records = records;
    this.#placeOf = placeOf;
  }

  async session(account: string): Promise<Session> {
    return (await this.#placeOf(account)).session;
  }

  async find(id: string, call: Call): Promise<Found> {
    const record = await this.records.get(id, call);
    const session = await this.session(record?.account ?? call.account);
    if (record === undefined) return { session, record, server: undefined };
    const native = record.native ?? (await named(session, id, call));
    if (native === undefined) return { session, record, server: undefined };
    const found = await server(session, native, call.signal);
    return { session, record: { ...record, native }, server: found === undefined || isGone(found) ? undefined : found };
  }

  /** As `find`, where there must be one: a verb about a machine that is not there is `invalid`. */
  async need(id: string, call: Call): Promise<Found & { readonly record: MachineRecord; readonly server: Server }> {
    const { session, record, server: there } = await this.find(id, call);
    if (record === undefined || there === undefined) throw new DriverError('invalid', `there is no machine ${id}`);
    return { session, record, server: there };
  }
}

/** A second server of ours of that name. */
export const otherServer = (session: Session, id: string, record: MachineRecord, call: Call) =>
  another(record, id, () => ownNamed(session, id, call));

/** Whether a server says that it was made for this machine. Anybody in the project may give any server any name. */
export const isFor = (id: string, { metadata }: Pick<Server, 'metadata'>): boolean => metadata?.elsewhere === id;

async function* ownNamed(session: Session, id: string, call: Call): AsyncIterable<Server> {
  for await (const found of serverNames(session, { name: `^${id}$` }, call.signal)) {
    const whole = found.name === id ? await server(session, found.id, call.signal) : undefined;
    if (whole !== undefined && isFor(id, whole)) yield whole;
  }
}

/** The server that a crash left without its record: it has our id as its name, and in its metadata. */
async function named(session: Session, id: string, call: Call): Promise<string | undefined> {
  for await (const found of ownNamed(session, id, call)) return found.id;
  return undefined;
}
