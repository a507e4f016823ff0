import {
  RevokeSecurityGroupIngress$,
  type RevokeSecurityGroupIngressRequest,
  type RevokeSecurityGroupIngressResult,
} from '@aws-sdk/client-ec2';
import { write } from '../../action/action.ts';
import { revoke } from '../revoke.ts';

export default write<RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResult>(RevokeSecurityGroupIngress$, {
  doc: 'Takes inbound rules off a security group.',
  run: (tx, input) => revoke(tx, 'ingress', input),
  settle: {},
});
