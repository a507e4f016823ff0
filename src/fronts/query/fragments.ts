import type { Grouping, Listing } from '../../cloud/action/listing.ts';
import type { Row } from '../../kernel/resource.ts';
import type { ItemHead } from '../../ports/store.ts';
import type { Protocol } from '../awsquery/node.ts';
import type { Member, StructureShape } from '../awsquery/schema.ts';
import { compileShape, type Write } from '../awsquery/write.ts';
import { Kept } from './kept.ts';

/** One element of a list, rendered from one generation of its row. */
export interface Fragment {
  readonly generation: number;
  readonly xml: Buffer;
  readonly group: RenderedGroup | undefined;
}

export interface RenderedGroup {
  readonly key: string;
  /** The group's own members. */
  readonly shell: string;
}

/** The fragments of one store, by writer and row. All actions together keep 64 MiB: 20,000 instances' worth. */
export type Fragments = Kept<string, Fragment>;

export const createFragments = (): Fragments => new Kept(64 * 2 ** 20, (f) => f.xml.length + 200);

let writers = 0;

/**
 * Writes the lists of one Describe action, in one version of the API. A row is rendered once a generation; the rest is
 * copying bytes.
 */
export class FragmentWriter {
  /** Keeps the fragments of different writers apart. */
  readonly #number = writers++;
  readonly #output: StructureShape;
  readonly #protocol: Protocol;
  readonly #rest: Write;

  constructor(output: StructureShape, protocol: Protocol) {
    this.#output = output;
    this.#protocol = protocol;
    this.#rest = compileShape(output, protocol);
  }

  /** The inside of the answer. */
  async write(fragments: Fragments, listing: Listing): Promise<Buffer> {
    const list = memberOf(this.#output, listing.member);
    const element = listOf(list);
    const found = await this.#found(fragments, listing, element);
    const parts: Buffer[] = [Buffer.from(`<${xmlName(list)}>`)];
    if (listing.grouping === undefined) for (const f of found) parts.push(f.xml);
    else joinGroups(parts, found, element, listing.grouping);
    parts.push(Buffer.from(`</${xmlName(list)}>${this.#rest(listing.rest)}`));
    return Buffer.concat(parts);
  }

  async #found(fragments: Fragments, listing: Listing, element: Member): Promise<readonly Fragment[]> {
    const found = new Map<number, Fragment>();
    const absent: ItemHead[] = [];
    for (const head of listing.heads) {
      const kept = fragments.get(`${this.#number}/${head.seq}`);
      if (kept?.generation === head.generation) found.set(head.seq, kept);
      else absent.push(head);
    }
    if (absent.length > 0) {
      const rows = await listing.load(absent.map((head) => head.seq));
      for (const head of absent) {
        const row = rows.get(head.seq);
        if (row === undefined) continue;
        const fragment = this.#render(listing, element, head, row);
        fragments.set(`${this.#number}/${head.seq}`, fragment);
        found.set(head.seq, fragment);
      }
    }
    return listing.heads.flatMap((head) => found.get(head.seq) ?? []);
  }

  #render({ resource, grouping }: Listing, element: Member, { generation }: ItemHead, row: Row): Fragment {
    const inner = grouping === undefined ? element : listOf(memberOf(structureOf(element), grouping.member));
    const name = xmlName(inner);
    const xml = Buffer.from(`<${name}>${compileShape(inner.shape, this.#protocol)(resource.view(row))}</${name}>`);
    return { generation, xml, group: grouping && this.#group(grouping, element, row) };
  }

  #group(grouping: Grouping<Row>, element: Member, row: Row): RenderedGroup {
    return { key: grouping.key(row), shell: compileShape(element.shape, this.#protocol)(grouping.shell(row)) };
  }
}

function joinGroups(parts: Buffer[], found: readonly Fragment[], element: Member, grouping: Grouping<Row>): void {
  const groups = new Map<string, Fragment[]>();
  for (const fragment of found) {
    const { key } = fragment.group!;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [fragment]);
    else group.push(fragment);
  }
  const inner = xmlName(memberOf(structureOf(element), grouping.member));
  const close = Buffer.from(`</${inner}></${xmlName(element)}>`);
  for (const group of groups.values()) {
    parts.push(Buffer.from(`<${xmlName(element)}>${group[0]!.group!.shell}<${inner}>`));
    for (const { xml } of group) parts.push(xml);
    parts.push(close);
  }
}

function memberOf(structure: StructureShape, name: string): Member {
  const member = structure.members.find((m) => m.name === name);
  if (member === undefined) throw new Error(`${structure.name} has no member ${name}`);
  return member;
}

function listOf(member: Member): Member {
  if (member.shape.kind !== 'list') throw new Error(`${member.name} is not a list`);
  return member.shape.element;
}

function structureOf(member: Member): StructureShape {
  if (member.shape.kind !== 'structure') throw new Error(`${member.name} is not a structure`);
  return member.shape;
}

const xmlName = (member: Member): string => member.xmlName ?? member.name;
