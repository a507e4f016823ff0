import { join } from 'node:path';
import type { GroupSpec } from '../../../ports/networks.ts';
import type { Folders } from '../folders.ts';
import { type RecordFiles, recordFiles } from '../records.ts';
import type { KeptAddress } from './whole.ts';

/** The records of security groups. */
export const keptGroups = (folders: Folders): RecordFiles<GroupSpec> =>
  recordFiles(join(folders.network, 'groups'), 'sg');

/** The records of Elastic IPs. */
export const keptAddresses = (folders: Folders): RecordFiles<KeptAddress> =>
  recordFiles(join(folders.network, 'addresses'), 'eipalloc');
