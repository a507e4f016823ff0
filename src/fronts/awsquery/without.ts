import type { ListShape, MapShape, Member, Shape, StructureShape } from './schema.ts';

/** Members that are left out of structures, by the structure's name in the model. */
export type LeftOut = Readonly<Record<string, readonly string[]>>;

type Part = ListShape | MapShape | StructureShape;

const made = new WeakMap<LeftOut, WeakMap<Part, Part>>();

/**
 * The shape without the members that `leftOut` names, at any depth. The same shape and table always give the same
 * object, so that what is compiled from it is compiled once; plain shapes are their own.
 */
export function without(shape: Shape, leftOut: LeftOut): Shape {
  const known = made.get(leftOut) ?? new WeakMap<Part, Part>();
  made.set(leftOut, known);
  return copy(shape, leftOut, known);
}

function copy(shape: Shape, leftOut: LeftOut, known: WeakMap<Part, Part>): Shape {
  if (shape.kind !== 'list' && shape.kind !== 'map' && shape.kind !== 'structure') return shape;
  const found = known.get(shape);
  if (found !== undefined) return found;
  const of = (member: Member): Member => ({ ...member, shape: copy(member.shape, leftOut, known) });
  if (shape.kind === 'structure') {
    const members: Member[] = [];
    const structure: StructureShape = { kind: 'structure', name: shape.name, members };
    // Known before its members are copied: a structure may contain itself.
    known.set(shape, structure);
    const names = Object.hasOwn(leftOut, shape.name) ? leftOut[shape.name]! : [];
    for (const member of shape.members) if (!names.includes(member.name)) members.push(of(member));
    return structure;
  }
  // A list or a map contains itself only through a structure, where the chain ends.
  const part: Part =
    shape.kind === 'list'
      ? { kind: 'list', element: of(shape.element) }
      : { kind: 'map', key: of(shape.key), value: of(shape.value) };
  known.set(shape, part);
  return part;
}
