import { DescribeKeyPairs$, type DescribeKeyPairsRequest, type DescribeKeyPairsResult } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { type ReadAction, read } from '../../action/action.ts';
import { describe } from '../../action/describe.ts';
import type { Listing } from '../../action/listing.ts';
import { keypair } from '../keypair.ts';
import type { KeyPairRow } from '../row.ts';

const listed: ReadAction<DescribeKeyPairsRequest, never> = describe<DescribeKeyPairsRequest, KeyPairRow>(
  DescribeKeyPairs$,
  keypair,
  {
    doc: 'Lists key pairs.',
    list: 'KeyPairs',
    ids: 'KeyPairIds',
    narrow: async (cx, input) => {
      const names = input.KeyNames ?? [];
      if (names.length === 0) return {};
      const found = new Set((await cx.where(keypair, { 'key-name': names })).map((row) => row.name));
      const unknown = names.filter((name) => !found.has(name));
      if (unknown.length > 0) {
        const [sentence, verb] = unknown.length === 1 ? ['pair', 'does'] : ['pairs', 'do'];
        fail('InvalidKeyPair.NotFound', `The key ${sentence} '${unknown.join(', ')}' ${verb} not exist`);
      }
      return { where: [{ name: 'key-name', values: names }] };
    },
  },
);

export default read<DescribeKeyPairsRequest, DescribeKeyPairsResult>(DescribeKeyPairs$, {
  doc: listed.doc,
  kinds: [keypair.kind],
  run: async (cx, input) => {
    const listing = await listed.run(cx, input);
    return input.IncludePublicKey ? withPublicKeys(listing) : listing;
  },
});

/** The longer view is not a Listing, because answers are kept per row in the shape of the declaration's view. */
async function withPublicKeys(listing: Listing): Promise<DescribeKeyPairsResult> {
  const rows = await listing.load(listing.heads.map((head) => head.seq));
  const ordered = listing.heads.flatMap((head) => (rows.get(head.seq) as KeyPairRow | undefined) ?? []);
  return { KeyPairs: ordered.map((row) => ({ ...keypair.view(row), PublicKey: row.publicKey })) };
}
