import { actions } from '../../cloud/registry.ts';
import { ec2Dialect } from '../awsquery/envelope.ts';
import { ofNamespace } from '../query/ofNamespace.ts';
import type { QueryService } from '../query/service.ts';
import { actionNames } from './actionNames.generated.ts';
import { leftOutOf } from './laterMembers.ts';

/** The EC2 API. */
export const ec2: QueryService = {
  name: 'ec2',
  dialect: ec2Dialect,
  leftOut: leftOutOf,
  latest: '2016-11-15',
  model: actionNames,
  actions: ofNamespace(actions, 'com.amazonaws.ec2'),
};
