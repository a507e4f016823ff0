import { ReleaseAddress$, type ReleaseAddressRequest } from '@aws-sdk/client-ec2';
import { fail, invalid } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { address } from '../address.ts';
import { cloudHasAddresses } from '../inCloud.ts';
import { needAddress } from '../needAddress.ts';
import releaseAddress from '../operations/releaseAddress.ts';
import { rememberReleased } from '../released.ts';

export default write<ReleaseAddressRequest, Record<string, never>>(ReleaseAddress$, {
  doc: 'Gives an Elastic IP address back to the pool.',
  async run(tx, input) {
    const row = await needAddress(tx, input);
    const border = input.NetworkBorderGroup;
    if (border !== undefined && border !== row.networkBorderGroup) {
      invalid(border, 'NetworkBorderGroup', 'The address belongs to another network border group.');
    }
    if (row.association !== undefined) fail('InvalidIPAddress.InUse', `Address ${row.publicIp} is in use.`);
    await tx.remove(address, row);
    if (cloudHasAddresses(tx)) {
      await tx.start(releaseAddress, row.id, { row });
      return {};
    }
    await rememberReleased(tx, row.publicIp);
    await tx.give('addresses', 1);
    return {};
  },
  settle: {},
});
