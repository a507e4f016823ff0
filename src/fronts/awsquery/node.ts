import { decimals } from './decimals.ts';
import { type Read, reader } from './scalar.ts';
import type { ListShape, MapShape, Member, Shape, StructureShape } from './schema.ts';

/** The two wire forms: `ec2` is Smithy's aws.protocols#ec2Query, `awsquery` its aws.protocols#awsQuery. */
export type Protocol = 'ec2' | 'awsquery';

/** What a shape is called and made of in a request. */
export type Node = PlainNode | ListNode | MapNode | StructureNode;

export interface PlainNode {
  readonly kind: 'plain';
  readonly read: Read;
}

export interface ListNode {
  readonly kind: 'list';
  /** What stands before the index: `member` in `PolicyArns.member.1`; nothing in EC2's `InstanceId.1`. */
  readonly marker: string | undefined;
  readonly element: Node;
}

export interface MapNode {
  readonly kind: 'map';
  /** `entry` in `Attributes.entry.1.key`; nothing when the map is flattened. */
  readonly marker: string | undefined;
  /** A structure of `key` and `value`. */
  readonly element: StructureNode;
}

export interface StructureNode {
  readonly kind: 'structure';
  /** By name on the wire. A Map, so that a client's `__proto__` finds nothing. */
  readonly fields: ReadonlyMap<string, Field>;
  readonly required: readonly Field[];
}

export interface Field {
  /** The member's name in the SDK's types. */
  readonly name: string;
  readonly wire: string;
  readonly node: Node;
}

const compiled: Record<Protocol, WeakMap<Shape, Node>> = { ec2: new WeakMap(), awsquery: new WeakMap() };

/** The node of a shape; one per shape and protocol. `place` is `Structure.Member`, which tells decimals from integers. */
export function compileNode(shape: Shape, protocol: Protocol, place: string): Node {
  const read = reader(shape, decimals.has(place));
  if (read) return { kind: 'plain', read };
  const found = compiled[protocol].get(shape);
  if (found) return found;
  switch (shape.kind) {
    case 'list':
      return compileList(shape, protocol, place, false);
    case 'map':
      return compileMap(shape, protocol, place, false);
    case 'structure':
      return compileStructure(shape, protocol);
    default:
      return { kind: 'structure', fields: new Map(), required: [] };
  }
}

function compileStructure(shape: StructureShape, protocol: Protocol): StructureNode {
  const fields = new Map<string, Field>();
  const required: Field[] = [];
  const node: StructureNode = { kind: 'structure', fields, required };
  // Known before its fields are compiled: a structure may contain itself.
  compiled[protocol].set(shape, node);
  for (const member of shape.members) {
    const field: Field = {
      name: member.name,
      wire: wireName(member, protocol),
      node: compileMember(member, protocol, `${shape.name}.${member.name}`),
    };
    fields.set(field.wire, field);
    if (member.required) required.push(field);
  }
  return node;
}

function compileMember(member: Member, protocol: Protocol, place: string): Node {
  const { shape } = member;
  if (member.flattened && shape.kind === 'list') return compileList(shape, protocol, place, true);
  if (member.flattened && shape.kind === 'map') return compileMap(shape, protocol, place, true);
  return compileNode(shape, protocol, place);
}

function compileList(shape: ListShape, protocol: Protocol, place: string, flattened: boolean): ListNode {
  const marker = protocol === 'ec2' || flattened ? undefined : (shape.element.xmlName ?? 'member');
  return { kind: 'list', marker, element: compileNode(shape.element.shape, protocol, place) };
}

function compileMap(shape: MapShape, protocol: Protocol, place: string, flattened: boolean): MapNode {
  const key: Field = {
    name: 'key',
    wire: shape.key.xmlName ?? 'key',
    node: compileNode(shape.key.shape, protocol, place),
  };
  const node = compileNode(shape.value.shape, protocol, place);
  const value: Field = { name: 'value', wire: shape.value.xmlName ?? 'value', node };
  const fields = new Map([key, value].map((field) => [field.wire, field]));
  return {
    kind: 'map',
    marker: flattened ? undefined : 'entry',
    element: { kind: 'structure', fields, required: [key, value] },
  };
}

/**
 * A member's name in a request. EC2: its `ec2QueryName`, else its `xmlName` or name with the first letter in upper case;
 * awsQuery: its `xmlName` or name as it is. (Smithy's specifications of the two protocols.)
 */
function wireName(member: Member, protocol: Protocol): string {
  const name = member.xmlName ?? member.name;
  if (protocol === 'awsquery') return name;
  return member.ec2QueryName ?? name.charAt(0).toUpperCase() + name.slice(1);
}
