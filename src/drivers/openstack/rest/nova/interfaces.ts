import { lookUp, member, remove } from '../reading.ts';
import { type Session, segment } from '../session.ts';

/** A port at a server. */
export interface InterfaceAttachment {
  readonly port_id: string;
  readonly net_id: string;
  readonly mac_addr: string;
  readonly port_state: string;
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
}

const at = (server: string): string => `/servers/${segment(server)}/os-interface`;

/** Attaches a port that exists; answers when it is done, which takes seconds. */
export async function attachInterface(
  session: Session,
  server: string,
  port: string,
  signal?: AbortSignal,
): Promise<InterfaceAttachment> {
  const body = { interfaceAttachment: { port_id: port } };
  const reply = await session.ask({ service: 'compute', method: 'POST', path: at(server), body, signal });
  return member(reply, 'compute', 'interfaceAttachment');
}

/** Undefined: there is no such server. */
export const interfaceAttachments = (
  session: Session,
  server: string,
  signal?: AbortSignal,
): Promise<readonly InterfaceAttachment[] | undefined> =>
  lookUp(session, { service: 'compute', path: at(server), signal }, 'interfaceAttachments');

/** Begins to detach. False: it was not attached. Nova deletes a port that it made itself; ours stays. */
export const detachInterface = (
  session: Session,
  server: string,
  port: string,
  signal?: AbortSignal,
): Promise<boolean> => remove(session, { service: 'compute', path: `${at(server)}/${segment(port)}`, signal });
