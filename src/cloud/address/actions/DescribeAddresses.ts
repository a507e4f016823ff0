import { DescribeAddresses$, type DescribeAddressesRequest } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { describe } from '../../action/describe.ts';
import { address } from '../address.ts';
import { checkIp } from '../needAddress.ts';
import type { AddressRow } from '../row.ts';

export default describe<DescribeAddressesRequest, AddressRow>(DescribeAddresses$, address, {
  doc: 'Lists Elastic IP addresses.',
  list: 'Addresses',
  ids: 'AllocationIds',
  narrow: async (cx, input) => {
    const ips = input.PublicIps ?? [];
    if (ips.length === 0) return {};
    for (const ip of ips) checkIp(ip);
    const found = new Set((await cx.where(address, { 'public-ip': ips })).map((row) => row.publicIp));
    const unknown = ips.find((ip) => !found.has(ip));
    if (unknown !== undefined) fail('InvalidAddress.NotFound', `Address '${unknown}' not found.`);
    return { where: [{ name: 'public-ip', values: ips }] };
  },
});
