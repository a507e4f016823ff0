import { type Resource, type Row, resource } from '../../kernel/resource.ts';
import type { ItemHead } from '../../ports/store.ts';
import type { Reading } from '../context/reading.ts';

/**
 * The tags that an account puts on what others share with it, images and snapshots: they are the account's, and neither the
 * owner nor anybody else sees them. The id is that of the thing. They outlive its share: with a new one they are seen again.
 */
export const sharedTags = resource<Row>()({
  kind: 'shared-tags',
  prefix: 'shared-tags',
  codes: { missing: 'InvalidID', malformed: 'InvalidID', noun: 'shared resource' },
  filters: {},
  view: (row) => row.id,
});

/** Rows of a shared kind as one account sees them: with its own tags, and without what is for the owner alone. */
export interface SeenRows<R extends Row> {
  /** A row as the account sees it. */
  row(row: R): R;
  /** Heads under which what is rendered for the account is not mixed with what others see. */
  heads(heads: readonly ItemHead[]): Promise<readonly ItemHead[]>;
  /** Rows by the numbers of such heads, out of those that `load` gives by their own. */
  load(
    seqs: readonly number[],
    load: (seqs: readonly number[]) => Promise<ReadonlyMap<number, Row>>,
  ): Promise<ReadonlyMap<number, Row>>;
}

/** How the account sees what it owns and what is shared with it; `ids`: only these are asked for. */
export async function seenRows<R extends Row>(
  cx: Reading,
  { kind, ownersOnly = [] }: Resource<R>,
  ids: readonly string[] | undefined,
): Promise<SeenRows<R>> {
  const { account, region, reader } = cx;
  const named = ids === undefined ? {} : { ids };
  const marked = await reader.items({ kind: sharedTags.kind, account, region, ...named });
  const marks = new Map(marked.map((item) => [item.id, item]));
  const tags = new Map(marked.map(({ id, body }) => [id, (JSON.parse(body) as Row).tags]));
  const seqs = new Map<number, number>();
  const hidden = Object.fromEntries(ownersOnly.map((member) => [member, undefined]));
  const row = (one: R): R => (one.account === account ? one : { ...one, ...hidden, tags: tags.get(one.id) ?? {} });
  return {
    row,
    async heads(heads) {
      const own = new Set((await reader.heads({ kind, account, region, ...named })).map(({ seq }) => seq));
      return heads.map((head) => {
        if (own.has(head.seq)) return head;
        const mark = marks.get(head.id);
        // Every item has a number of its own, and both generations only grow. Without tags it is the same for all others.
        const seen = { ...head, seq: mark?.seq ?? -head.seq, generation: head.generation + (mark?.generation ?? 0) };
        seqs.set(seen.seq, head.seq);
        return seen;
      });
    },
    async load(asked, load) {
      const rows = await load(asked.map((seq) => seqs.get(seq) ?? seq));
      return new Map(
        asked.flatMap((seq) => {
          const found = rows.get(seqs.get(seq) ?? seq);
          return found === undefined ? [] : [[seq, row(found as R)] as const];
        }),
      );
    },
  };
}
