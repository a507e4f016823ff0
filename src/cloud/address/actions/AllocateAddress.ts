import { AllocateAddress$, type AllocateAddressRequest, type AllocateAddressResult } from '@aws-sdk/client-ec2';
import { fail, invalid } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import type { Writing } from '../../context/writing.ts';
import { tagSpecifications } from '../../tag/tagSpecifications.ts';
import { address } from '../address.ts';
import { addressOrder, cloudHasAddresses } from '../inCloud.ts';
import allocateAddress from '../operations/allocateAddress.ts';
import { takePublicIps } from '../pool.ts';
import { recover } from '../released.ts';
import type { AddressRow } from '../row.ts';

export default write<AllocateAddressRequest, AllocateAddressResult>(AllocateAddress$, {
  doc: 'Allocates an Elastic IP address to the account.',
  async run(tx, input) {
    checkPlace(tx, input);
    const tags = tagSpecifications(input.TagSpecifications, ['elastic-ip'])['elastic-ip'] ?? {};
    const networkBorderGroup = input.NetworkBorderGroup ?? tx.here.facts.zones[0]?.networkBorderGroup ?? tx.region;
    if (cloudHasAddresses(tx)) return order(tx, { networkBorderGroup, tags });
    const publicIp = input.Address === undefined ? (await takePublicIps(tx, 1))[0]! : await recover(tx, input.Address);
    await tx.take('addresses', 1);
    const row = await tx.insert(address, { publicIp, domain: 'vpc', networkBorderGroup, tags });
    return view(row);
  },
  settle: {
    answer: async (cx, { AllocationId: id = '' }) => view(await cx.need(address, id)),
    // Asked again, it would be a second address.
    async late(tx, { AllocationId: id = '' }) {
      const row = await tx.find(addressOrder, id);
      if (row !== undefined) await tx.remove(addressOrder, row);
      return row !== undefined;
    },
  },
});

const view = (row: AddressRow): AllocateAddressResult => ({
  PublicIp: row.publicIp,
  AllocationId: row.id,
  PublicIpv4Pool: 'amazon',
  NetworkBorderGroup: row.networkBorderGroup,
  Domain: row.domain,
});

/** Asks a cloud that has addresses of its own for one: it chooses, under its own quota. */
async function order(
  tx: Writing,
  what: Pick<AddressRow, 'networkBorderGroup' | 'tags'>,
): Promise<AllocateAddressResult> {
  const { id } = await tx.insert(addressOrder, { id: tx.newId(address), ...what });
  await tx.start(allocateAddress, id, { id });
  return { AllocationId: id };
}

/** Where the address should come from. `standard` was EC2-Classic's word; since its end it gives an address for VPCs. */
function checkPlace(tx: Writing, input: AllocateAddressRequest): void {
  const { Domain, PublicIpv4Pool: pool, NetworkBorderGroup: border } = input;
  if (Domain !== undefined && Domain !== 'vpc' && Domain !== 'standard')
    invalid(Domain, 'Domain', 'It must be vpc or standard.');
  if (!tx.here.driver.can.elasticIps)
    fail('UnsupportedOperation', "Elastic IP addresses are not offered by this region's cloud.");
  if (input.Address !== undefined && !tx.here.driver.can.chosenAddresses) {
    fail(
      'UnsupportedOperation',
      'The cloud behind this region chooses addresses itself: none can be asked for (Address).',
    );
  }
  if (pool !== undefined && pool !== 'amazon') {
    fail('InvalidPublicIpv4PoolID.NotFound', `The public IPv4 pool '${pool}' (PublicIpv4Pool) does not exist`);
  }
  if (input.CustomerOwnedIpv4Pool !== undefined) {
    invalid(
      input.CustomerOwnedIpv4Pool,
      'CustomerOwnedIpv4Pool',
      'No customer-owned address pool exists in this region.',
    );
  }
  if (input.IpamPoolId !== undefined) {
    fail('InvalidIpamPoolId.NotFound', `The ipam-pool ID '${input.IpamPoolId}' does not exist`);
  }
  if (border !== undefined && !tx.here.facts.zones.some((zone) => zone.networkBorderGroup === border)) {
    invalid(border, 'NetworkBorderGroup', 'No such network border group in this region.');
  }
}
