import { fail, invalid } from '../../kernel/errors.ts';
import type { Reading } from '../context/reading.ts';
import { readIp4 } from '../vpc/cidr.ts';
import { address } from './address.ts';
import type { AddressRow } from './row.ts';

/** The account's address with this public IP; one that is not the account's is refused as EC2 does, with AuthFailure. */
export async function needPublicIp(cx: Reading, ip: string): Promise<AddressRow> {
  checkIp(ip);
  const [row] = await cx.where(address, { 'public-ip': ip });
  return row ?? fail('AuthFailure', `The address '${ip}' does not belong to you.`);
}

/** Refuses what is no IPv4 address. */
export function checkIp(ip: string): void {
  if (readIp4(ip) === undefined) invalid(ip, 'PublicIp', 'It is not a valid IPv4 address.');
}

/** The address that a request names by its allocation or by its public IP: one of the two. */
export async function needAddress(
  cx: Reading,
  {
    AllocationId: id,
    PublicIp: ip,
  }: { readonly AllocationId?: string | undefined; readonly PublicIp?: string | undefined },
): Promise<AddressRow> {
  if (id !== undefined && ip !== undefined) {
    fail('InvalidParameterCombination', 'You may specify public IP or allocation id, but not both in the same call');
  }
  if (id !== undefined) return cx.need(address, id);
  return needPublicIp(cx, ip ?? fail('MissingParameter', 'Either AllocationId or PublicIp must be specified'));
}
