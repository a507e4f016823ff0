import { GetCallerIdentity$, type GetCallerIdentityRequest, type GetCallerIdentityResponse } from '@aws-sdk/client-sts';
import { read } from '../../action/action.ts';

export default read<GetCallerIdentityRequest, GetCallerIdentityResponse>(GetCallerIdentity$, {
  doc: 'Tells whose key signed the request.',
  // Keys belong to accounts, not yet to users of an account: everyone is its root.
  run: async ({ account }) => ({ UserId: account, Account: account, Arn: `arn:aws:iam::${account}:root` }),
});
