import {
  AuthorizeSecurityGroupEgress$,
  type AuthorizeSecurityGroupEgressRequest,
  type AuthorizeSecurityGroupEgressResult,
} from '@aws-sdk/client-ec2';
import { write } from '../../action/action.ts';
import { authorize } from '../authorize.ts';

export default write<AuthorizeSecurityGroupEgressRequest, AuthorizeSecurityGroupEgressResult>(
  AuthorizeSecurityGroupEgress$,
  {
    doc: 'Adds outbound rules to a security group.',
    run: (tx, input) => authorize(tx, 'egress', input),
    settle: {},
  },
);
