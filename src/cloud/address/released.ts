import { fail, invalid } from '../../kernel/errors.ts';
import { type Row, resource } from '../../kernel/resource.ts';
import type { Writing } from '../context/writing.ts';
import { readIp4 } from '../vpc/cidr.ts';
import { address } from './address.ts';
import { publicIpsInUse } from './pool.ts';

/** An address that an account released; its id is the address. It can be recovered until another account has it. */
const released = resource<Row>()({
  kind: 'released-address',
  prefix: 'released',
  codes: { missing: 'InvalidAddress.NotFound', malformed: 'InvalidAddress.Malformed', noun: 'address' },
  filters: {},
  view: (row) => row.id,
});

/** So many released addresses are remembered for an account in a region; the oldest are forgotten first. */
const remembered = 100;

/** Remembers that the account had this address. */
export async function rememberReleased(tx: Writing, ip: string): Promise<void> {
  const present = await tx.where(released, {});
  for (const row of present.slice(0, Math.max(0, present.length - remembered + 1))) await tx.remove(released, row);
  await tx.insert(released, { id: ip });
}

/** An address that the account released earlier and wants again, or EC2's refusal. */
export async function recover(tx: Writing, ip: string): Promise<string> {
  if (readIp4(ip) === undefined) invalid(ip, 'Address', 'It is not a valid IPv4 address.');
  const [own] = await tx.where(address, { 'public-ip': ip });
  if (own !== undefined) fail('InvalidIPAddress.InUse', `Address ${ip} is in use.`);
  if ((await publicIpsInUse(tx, [ip])).size > 0) fail('AuthFailure', `The address '${ip}' does not belong to you.`);
  const row = await tx.find(released, ip);
  if (row === undefined) return fail('InvalidAddress.NotFound', `Address '${ip}' not found.`);
  await tx.remove(released, row);
  return ip;
}
