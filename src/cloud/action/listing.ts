import type { Resource, Row } from '../../kernel/resource.ts';
import type { ItemHead } from '../../ports/store.ts';

/** How a Describe action shows rows that belong together, such as the instances of a reservation. */
export interface Grouping<R extends Row> {
  readonly key: (row: R) => string;
  /** The group without its rows. */
  readonly shell: (row: R) => object;
  /** The member of the group that holds the rows. */
  readonly member: string;
}

/**
 * What a Describe action answers: which rows, not yet their shape. A door renders only the rows whose generation it
 * has not rendered before.
 */
export class Listing {
  readonly resource: Resource;
  /** The output member that holds the elements. */
  readonly member: string;
  readonly heads: readonly ItemHead[];
  readonly grouping: Grouping<Row> | undefined;
  /** Other members of the output. */
  readonly rest: Readonly<Record<string, unknown>>;
  /** Rows by `seq`. */
  readonly load: (seqs: readonly number[]) => Promise<ReadonlyMap<number, Row>>;

  constructor(parts: Pick<Listing, 'resource' | 'member' | 'heads' | 'grouping' | 'rest' | 'load'>) {
    this.resource = parts.resource;
    this.member = parts.member;
    this.heads = parts.heads;
    this.grouping = parts.grouping;
    this.rest = parts.rest;
    this.load = parts.load;
  }

  /** The output as the SDK types it, for doors that do not cache. */
  async output(): Promise<Record<string, unknown>> {
    const rows = await this.load(this.heads.map((h) => h.seq));
    const ordered = this.heads.flatMap((h) => rows.get(h.seq) ?? []);
    return { [this.member]: this.#elements(ordered), ...this.rest };
  }

  #elements(rows: readonly Row[]): readonly unknown[] {
    const { grouping, resource } = this;
    if (grouping === undefined) return rows.map((row) => resource.view(row));
    const groups = new Map<string, { readonly shell: object; readonly views: unknown[] }>();
    for (const row of rows) {
      const key = grouping.key(row);
      const group = groups.get(key) ?? { shell: grouping.shell(row), views: [] };
      groups.set(key, group);
      group.views.push(resource.view(row));
    }
    return [...groups.values()].map(({ shell, views }) => ({ ...shell, [grouping.member]: views }));
  }
}
