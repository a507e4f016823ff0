import type { Grouping, Listing } from '../../cloud/action/listing.ts';
import type { Row } from '../../kernel/resource.ts';
import type { Protocol } from '../awsquery/node.ts';
import type { Member, StructureShape } from '../awsquery/schema.ts';
import { compileShape, type Write } from '../awsquery/write.ts';

/** One element of a list as XML, and the group that it belongs to. */
export interface Rendered<Xml extends string | Buffer> {
  readonly xml: Xml;
  readonly group: RenderedGroup | undefined;
}

export interface RenderedGroup {
  readonly key: string;
  /** The group's own members. */
  readonly shell: string;
}

/** How the list of a Describe action is written: everything about it that does not depend on its rows. */
export class ListShape {
  /** What stands before and behind all elements. */
  readonly open: string;
  readonly close: string;
  readonly #grouping: Grouping<Row> | undefined;
  readonly #element: { readonly open: string; readonly close: string; readonly write: Write };
  readonly #group: { readonly open: string; readonly inner: string; readonly close: string; readonly write: Write };

  /** @param output the output of the action, of which the listing's member is the list */
  constructor(output: StructureShape, protocol: Protocol, { member, grouping }: Pick<Listing, 'member' | 'grouping'>) {
    const list = memberOf(output, member);
    this.open = `<${xmlName(list)}>`;
    this.close = `</${xmlName(list)}>`;
    const outer = listOf(list);
    const inner = grouping && memberOf(structureOf(outer), grouping.member);
    const element = inner === undefined ? outer : listOf(inner);
    const name = xmlName(element);
    this.#grouping = grouping;
    this.#element = { open: `<${name}>`, close: `</${name}>`, write: compileShape(element.shape, protocol) };
    this.#group = {
      open: `<${xmlName(outer)}>`,
      inner: inner === undefined ? '' : `<${xmlName(inner)}>`,
      close: inner === undefined ? '' : `</${xmlName(inner)}></${xmlName(outer)}>`,
      write: compileShape(outer.shape, protocol),
    };
  }

  render({ resource }: Listing, row: Row): Rendered<string> {
    const { open, close, write } = this.#element;
    const grouping = this.#grouping;
    const group = grouping && { key: grouping.key(row), shell: this.#group.write(grouping.shell(row)) };
    return { xml: open + write(resource.view(row)) + close, group };
  }

  /**
   * The elements in the order of the list, those of a group under one element: the group that stands open from the
   * elements before is told by its key, and given back.
   */
  join<Xml extends string | Buffer>(
    found: readonly Rendered<Xml>[],
    before?: string,
  ): { readonly parts: readonly (string | Xml)[]; readonly open: string | undefined } {
    if (this.#grouping === undefined) return { parts: found.map((each) => each.xml), open: undefined };
    const groups = new Map<string, Rendered<Xml>[]>(before === undefined ? [] : [[before, []]]);
    for (const each of found) {
      const same = groups.get(each.group!.key);
      if (same === undefined) groups.set(each.group!.key, [each]);
      else same.push(each);
    }
    const parts: (string | Xml)[] = [];
    let open = before;
    for (const [key, group] of groups) {
      if (key !== open) {
        parts.push(`${this.end(open)}${this.#group.open}${group[0]!.group!.shell}${this.#group.inner}`);
        open = key;
      }
      for (const { xml } of group) parts.push(xml);
    }
    return { parts, open };
  }

  /** What closes the group that stands open, if one does. */
  end(open: string | undefined): string {
    return open === undefined ? '' : this.#group.close;
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
