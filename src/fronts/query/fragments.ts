import type { ItemHead } from '../../ports/store.ts';
import { Kept } from './kept.ts';
import type { Rendered } from './listShape.ts';

/** One element of a list, rendered from one generation of its row. */
export interface Fragment extends Rendered<Buffer> {
  readonly generation: number;
}

/** The fragments of one store, by writer and row. All actions together keep 64 MiB: 13,000 instances' worth. */
export type Fragments = Kept<string, Fragment>;

export const createFragments = (): Fragments => new Kept(64 * 2 ** 20, (f) => f.xml.length + 200);

let writers = 0;

/** What one writer finds and keeps among the fragments of a store: what is rendered one way is not mixed with another. */
export class FragmentKeeper {
  readonly #number = writers++;

  /** Those of `heads` that are kept in their generation, by `seq`, and the heads of the others. */
  look(fragments: Fragments, heads: readonly ItemHead[]): { found: Map<number, Fragment>; absent: ItemHead[] } {
    const found = new Map<number, Fragment>();
    const absent: ItemHead[] = [];
    for (const head of heads) {
      const kept = fragments.get(`${this.#number}/${head.seq}`);
      if (kept?.generation === head.generation) found.set(head.seq, kept);
      else absent.push(head);
    }
    return { found, absent };
  }

  keep(fragments: Fragments, { seq }: ItemHead, fragment: Fragment): void {
    fragments.set(`${this.#number}/${seq}`, fragment);
  }
}
