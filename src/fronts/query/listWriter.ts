import type { Listing } from '../../cloud/action/listing.ts';
import type { ItemHead } from '../../ports/store.ts';
import type { Protocol } from '../awsquery/node.ts';
import type { StructureShape } from '../awsquery/schema.ts';
import { compileShape, type Write } from '../awsquery/write.ts';
import { type Inner, textOf } from './body.ts';
import { type Fragment, FragmentKeeper, type Fragments } from './fragments.ts';
import { ListShape, type Rendered } from './listShape.ts';

/** Up to so many elements are rendered each time: making and keeping bytes of each would cost more than rendering. */
const few = 4;
/** More elements than this are never all in memory: the answer goes out in batches as they are rendered. */
const many = 2_000;
const batch = 500;
/** A longer list would drive everything else out of the fragments, and most of itself. */
const longestKept = 10_000;

/**
 * Writes the lists of one Describe action, in one version of the API. A row of a longer list is rendered once a
 * generation; the rest is copying bytes.
 */
export class ListWriter {
  readonly #kept = new FragmentKeeper();
  readonly #output: StructureShape;
  readonly #protocol: Protocol;
  readonly #rest: Write;
  #shape: ListShape | undefined;

  constructor(output: StructureShape, protocol: Protocol) {
    this.#output = output;
    this.#protocol = protocol;
    this.#rest = compileShape(output, protocol);
  }

  async write(fragments: Fragments, listing: Listing): Promise<Inner> {
    // An action lists one member, grouped one way.
    this.#shape ??= new ListShape(this.#output, this.#protocol, listing);
    const shape = this.#shape;
    const { heads } = listing;
    if (heads.length > many) return this.#stream(shape, fragments, listing);
    const last = shape.close + this.#rest(listing.rest);
    if (heads.length <= few) {
      const { parts, open } = shape.join(await this.#render(shape, listing));
      return textOf(shape.open + parts.join('') + shape.end(open) + last);
    }
    const { parts, open } = shape.join(await this.#found(shape, fragments, listing, heads));
    return Buffer.concat([shape.open, ...parts, shape.end(open), last].map(bytes));
  }

  async #render(shape: ListShape, listing: Listing): Promise<readonly Rendered<string>[]> {
    const rows = await listing.load(listing.heads.map((head) => head.seq));
    return listing.heads.flatMap(({ seq }) => {
      const row = rows.get(seq);
      return row === undefined ? [] : [shape.render(listing, row)];
    });
  }

  /** The fragments of `heads`, out of the kept ones or rendered now. */
  async #found(
    shape: ListShape,
    fragments: Fragments,
    listing: Listing,
    heads: readonly ItemHead[],
  ): Promise<readonly Fragment[]> {
    const { found, absent } = this.#kept.look(fragments, heads);
    if (absent.length > 0) {
      const rows = await listing.load(absent.map((head) => head.seq));
      for (const head of absent) {
        const row = rows.get(head.seq);
        if (row === undefined) continue;
        const { xml, group } = shape.render(listing, row);
        const fragment = { generation: head.generation, xml: Buffer.from(xml), group };
        if (listing.heads.length <= longestKept) this.#kept.keep(fragments, head, fragment);
        found.set(head.seq, fragment);
      }
    }
    return heads.flatMap((head) => found.get(head.seq) ?? []);
  }

  async *#stream(shape: ListShape, fragments: Fragments, listing: Listing): AsyncGenerator<Buffer> {
    yield Buffer.from(shape.open);
    let open: string | undefined;
    for (let from = 0; from < listing.heads.length; from += batch) {
      const found = await this.#found(shape, fragments, listing, listing.heads.slice(from, from + batch));
      const joined = shape.join(found, open);
      open = joined.open;
      yield Buffer.concat(joined.parts.map(bytes));
    }
    yield Buffer.from(shape.end(open) + shape.close + this.#rest(listing.rest));
  }
}

const bytes = (part: string | Buffer): Buffer => (typeof part === 'string' ? Buffer.from(part) : part);
