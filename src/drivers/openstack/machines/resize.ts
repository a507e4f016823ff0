import { type Call, DriverError, type Seen, type Trouble } from '../../../ports/driver.ts';
import { instanceAction, instanceActions, type Server, serverAction } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';
import { aboutOfFault, OpenStackError, troubleOfFault } from '../trouble.ts';
import { isBusy, working } from './seen.ts';
import type { MachineRecord, Servers } from './servers.ts';

/** What instance types mean in Nova. */
export interface Sizes {
  /** Nova's id of the flavor that an instance type means. */
  readonly flavorOf: (instanceType: string, account: string) => Promise<string | undefined>;
  /** The name of that flavor. */
  readonly flavorName: (instanceType: string, account: string) => string | undefined;
}

/** Whether a server has another flavor, and waits for somebody who takes it or leaves it. */
export const isResized = ({ status }: Server): boolean => status === 'VERIFY_RESIZE';

/**
 * Takes a resize for good. Nova does that later, and refuses a second request: with 400 meanwhile, with 409 when it is done
 * since the server was looked at. What became of it the next look tells.
 */
export async function confirmResize(session: Session, server: Server, { signal }: Call): Promise<typeof working> {
  try {
    await serverAction(session, server.id, { confirmResize: null }, signal);
  } catch (error) {
    if (!(error instanceof OpenStackError) || ![400, 409].includes(error.facts.status ?? 0)) throw error;
  }
  return working;
}

/**
 * Gives a server that is off the flavor of an instance type, and confirms it; each call does what comes next. What others
 * resized and left unconfirmed is confirmed first; what the same operation began for another type is taken back.
 */
export async function resize(
  servers: Servers,
  { flavorOf, flavorName }: Sizes,
  id: string,
  instanceType: string,
  call: Call,
): Promise<Seen> {
  const flavor = await flavorOf(instanceType, call.account);
  if (flavor === undefined)
    throw new DriverError('unsupported', `there is no flavor for the instance type ${instanceType}`);
  const { session, record, server } = await servers.need(id, call);
  const { resize: begun, ...rest } = record;
  const asked = begun?.operation === call.operation ? begun.flavor : undefined;
  const isOfIt = server.flavor?.original_name === flavorName(instanceType, call.account);
  if (isBusy(server)) return working;
  if (isResized(server)) {
    if (isOfIt || asked === undefined || asked === flavor) return confirmResize(session, server, call);
    await serverAction(session, server.id, { revertResize: null }, call.signal);
    return working;
  }
  if (asked === flavor && (!isOfIt || server.status === 'ERROR'))
    return failed(servers, id, session, server, rest, call);
  if (isOfIt) {
    if (record.type !== instanceType || begun !== undefined)
      await servers.records.put(id, call, { ...rest, type: instanceType });
    return { settled: true };
  }
  if (server.status !== 'SHUTOFF')
    throw new DriverError('invalid', `the server of ${id} is ${server.status}, not SHUTOFF`, { about: 'state' });
  await serverAction(session, server.id, { resize: { flavorRef: flavor } }, call.signal);
  await servers.records.put(id, call, { ...record, resize: { operation: call.operation, flavor } });
  return working;
}

/** Nova was asked, and has put the server back. Throws why; it may be asked again. */
async function failed(
  { records }: Servers,
  id: string,
  session: Session,
  server: Server,
  record: MachineRecord,
  call: Call,
): Promise<never> {
  const { trouble, why } = await reasonOf(session, server, call);
  await records.put(id, call, record);
  throw new DriverError(trouble, `the server of ${id} was not resized: ${why}`, { about: aboutOfFault(why) });
}

interface Reason {
  readonly trouble: Trouble;
  readonly why: string;
}

/**
 * Nova tells what became of a resize in the server's actions (the newest first), and in which of its parts, but the details
 * to administrators only. Where no compute service came to it, the scheduler found no host.
 */
async function reasonOf(session: Session, { id, fault }: Server, { signal }: Call): Promise<Reason> {
  if (fault !== undefined) return said(fault.message);
  for await (const { action, request_id: request } of instanceActions(session, id, signal)) {
    if (action !== 'resize') continue;
    const { events = [] } = await instanceAction(session, id, request, signal);
    const details = events.find((one) => one.result === 'Error' && one.details)?.details;
    if (details) return said(details);
    const scheduled = events.length === 0 || events.some(({ event }) => event.startsWith('compute_'));
    return scheduled ? said(untold) : { trouble: 'no-capacity', why: 'no valid host' };
  }
  return said(untold);
}

const untold = 'the cloud does not say why';

const said = (why: string): Reason => ({ trouble: troubleOfFault(why), why });
