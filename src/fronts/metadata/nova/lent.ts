import type { IncomingHttpHeaders } from 'node:http';
import type { InstanceRow } from '../../../cloud/instance/row.ts';
import { DriverError } from '../../../ports/driver.ts';
import { segmentsOf } from '../reply.ts';
import type { NovaMetadata } from './passOn.ts';

/**
 * The row with what Nova alone knows of a server that others made: its user data and its public key. Nova is asked only for
 * what a path shows. Throws a DriverError where Nova gives no answer: the guest must not take that for having none.
 */
export async function withLent(
  row: InstanceRow,
  path: string,
  nova: NovaMetadata,
  headers: IncomingHttpHeaders,
): Promise<InstanceRow> {
  if (!row.adopted) return row;
  const [, part, name] = segmentsOf(path) ?? [];
  const ask = async (what: string): Promise<Buffer | undefined> => {
    const target = `/latest/${what}`;
    const { status, body } = await nova.pass({ method: 'GET', target, headers, body: Buffer.alloc(0) });
    if (status === 200) return Buffer.from(body);
    if (status === 404) return undefined;
    throw new DriverError('unavailable', `Nova answered ${status} to ${target}`);
  };
  if (part === undefined || part === 'user-data') {
    const bytes = await ask('user-data');
    return bytes === undefined ? row : { ...row, userData: bytes.toString('base64') };
  }
  if (part !== 'meta-data' || (name !== undefined && name !== 'public-keys')) return row;
  const key = await ask('meta-data/public-keys/0/openssh-key');
  return key === undefined ? row : { ...row, publicKey: key.toString('utf8').trim() };
}
