import type { KeyPairInfo } from '@aws-sdk/client-ec2';
import { resource } from '../../kernel/resource.ts';
import { viewTags } from '../tag/tagSpecifications.ts';
import type { KeyPairRow } from './row.ts';

/** Key pairs. Filters as documented for DescribeKeyPairs. */
export const keypair = resource<KeyPairRow>()({
  kind: 'key-pair',
  prefix: 'key',
  tagged: 'key-pair',
  codes: { missing: 'InvalidKeyPair.NotFound', malformed: 'InvalidParameterValue', noun: 'key pair' },
  filters: {
    'key-pair-id': { of: (k) => k.id, doc: 'the id of the key pair' },
    fingerprint: { of: (k) => k.fingerprint, doc: 'the fingerprint of the key pair', indexed: true },
    'key-name': { of: (k) => k.name, doc: 'the name of the key pair', indexed: true },
  },
  view: (k): KeyPairInfo => ({
    KeyPairId: k.id,
    KeyName: k.name,
    KeyType: k.type,
    KeyFingerprint: k.fingerprint,
    CreateTime: new Date(k.createdAt),
    ...viewTags(k.tags),
  }),
});
