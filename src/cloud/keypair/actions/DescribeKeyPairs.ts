import {
  DescribeKeyPairs$,
  type DescribeKeyPairsRequest,
  type DescribeKeyPairsResult,
  type KeyPairInfo,
} from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { compileFilter } from '../../../kernel/filter.ts';
import { type ReadAction, read } from '../../action/action.ts';
import { describe } from '../../action/describe.ts';
import { compileFilters } from '../../action/filters.ts';
import type { Listing } from '../../action/listing.ts';
import type { Reading } from '../../context/reading.ts';
import { keypair } from '../keypair.ts';
import { ownKeyPairs } from '../own.ts';
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
  ofUser: true,
  run: async (cx, input) => {
    const own = await ownKeyPairs(cx);
    if (own.length > 0) return withOwn(cx, input, own);
    const listing = await listed.run(cx, input);
    return input.IncludePublicKey ? { KeyPairs: (await rowsOf(listing)).map(withPublicKey) } : listing;
  },
});

/** The longer view is not a Listing, because answers are kept per row in the shape of the declaration's view. */
const withPublicKey = (row: KeyPairRow): KeyPairInfo => ({ ...keypair.view(row), PublicKey: row.publicKey });

async function rowsOf(listing: Listing): Promise<readonly KeyPairRow[]> {
  const rows = await listing.load(listing.heads.map((head) => head.seq));
  return listing.heads.flatMap((head) => (rows.get(head.seq) as KeyPairRow | undefined) ?? []);
}

/** The account's key pairs, and then those that the user has in the cloud. */
async function withOwn(
  cx: Reading,
  input: DescribeKeyPairsRequest,
  own: readonly KeyPairRow[],
): Promise<DescribeKeyPairsResult> {
  const names = split(input.KeyNames, new Set(own.map(({ name }) => name)));
  const ids = split(input.KeyPairIds, new Set(own.map(({ id }) => id)));
  const rest = { ...input, KeyNames: names.others, KeyPairIds: ids.others };
  const rows = names.isOwn || ids.isOwn ? [] : await rowsOf(await listed.run(cx, rest));
  const passes = testOf(input);
  const shown = own.filter((one) => names.asked(one.name) && ids.asked(one.id) && passes(one));
  const view = input.IncludePublicKey ? withPublicKey : keypair.view;
  return { KeyPairs: [...rows.map(view), ...shown.map((one) => withoutTime(view(one)))] };
}

/** Which of the values that a request names are of these, and which are not. */
function split(named: readonly string[] = [], own: ReadonlySet<string>) {
  const others = named.filter((one) => !own.has(one));
  return {
    others,
    /** Only these are named. */
    isOwn: named.length > 0 && others.length === 0,
    asked: (one: string): boolean => named.length === 0 || named.includes(one),
  };
}

function testOf({ Filters }: DescribeKeyPairsRequest): (row: KeyPairRow) => boolean {
  const { where, test } = compileFilters(keypair, Filters, true);
  const tests = where.map((filter) => compileFilter(keypair.filters[filter.name]!, filter));
  return (row) => tests.every((passes) => passes(row)) && (test?.(row) ?? true);
}

const withoutTime = ({ CreateTime: _, ...rest }: KeyPairInfo): KeyPairInfo => rest;
