import {
  RevokeSecurityGroupEgress$,
  type RevokeSecurityGroupEgressRequest,
  type RevokeSecurityGroupEgressResult,
} from '@aws-sdk/client-ec2';
import { write } from '../../action/action.ts';
import { revoke } from '../revoke.ts';

export default write<RevokeSecurityGroupEgressRequest, RevokeSecurityGroupEgressResult>(RevokeSecurityGroupEgress$, {
  doc: 'Takes outbound rules off a security group.',
  run: (tx, input) => revoke(tx, 'egress', input),
  settle: {},
});
