import {
  AuthorizeSecurityGroupIngress$,
  type AuthorizeSecurityGroupIngressRequest,
  type AuthorizeSecurityGroupIngressResult,
} from '@aws-sdk/client-ec2';
import { write } from '../../action/action.ts';
import { authorize } from '../authorize.ts';

export default write<AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResult>(
  AuthorizeSecurityGroupIngress$,
  {
    doc: 'Adds inbound rules to a security group.',
    run: (tx, input) => authorize(tx, 'ingress', input),
    settle: {},
  },
);
