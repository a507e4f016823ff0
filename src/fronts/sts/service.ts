import { actions } from '../../cloud/registry.ts';
import { queryDialect } from '../awsquery/envelope.ts';
import { ofNamespace } from '../query/ofNamespace.ts';
import type { QueryService } from '../query/service.ts';
import { actionNames } from './actionNames.generated.ts';

/** The Security Token Service, as far as tools ask it who they are. */
export const sts: QueryService = {
  name: 'sts',
  dialect: (version) => queryDialect('sts', version),
  latest: '2011-06-15',
  model: actionNames,
  actions: ofNamespace(actions, 'com.amazonaws.sts'),
};
