import fc from 'fast-check';
import { escapeXml } from './escape.ts';
import type { Member, Shape } from './schema.ts';

/** Text of any characters that XML can carry. The SDK reads an element with nothing but spaces as an empty one. */
const text = fc
  .string({ unit: 'binary', maxLength: 12 })
  .filter((s) => escapeXml(s).includes('\ufffd') === s.includes('\ufffd') && (s === '' || s.trim() !== ''));

const DEEP = 3;

/** Values of a shape: every member may be there or not, required ones always, lists and structures to a few levels. */
export function valuesOf(shape: Shape, depth = 0): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'string':
      return text;
    case 'number':
      return fc.integer({ min: -(2 ** 31), max: 2 ** 40 });
    case 'boolean':
      return fc.boolean();
    case 'timestamp':
      return fc.date({ min: new Date('1971-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    case 'blob':
      return fc.uint8Array({ minLength: 1, maxLength: 9 });
    case 'list':
      return fc.array(valuesOf(shape.element.shape, depth + 1), { minLength: 1, maxLength: 2 });
    case 'structure': {
      // Something is always in it: an empty structure cannot be told from none.
      const first = (shape.members.find(isPlain) ?? shape.members[0])?.name;
      const model = shape.members
        .filter((m) => m.required || m.name === first || depth < DEEP || isPlain(m))
        .map((m) => {
          const value = valuesOf(m.shape, depth + 1);
          return [m.name, m.required || m.name === first ? value : sometimes(value, shape.members.length)] as const;
        });
      return fc.record(Object.fromEntries(model));
    }
    default:
      return fc.constant({});
  }
}

/** A wide structure is filled thinly. */
function sometimes(value: fc.Arbitrary<unknown>, width: number): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: Math.ceil(width / 8), arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
}

function isPlain(member: Member): boolean {
  return !['list', 'map', 'structure', 'unit'].includes(member.shape.kind);
}

/** The value without what no wire form can tell from absence: undefined members, empty structures, empty lists. */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value.map(withoutEmpty).filter((one) => one !== undefined);
    return list.length > 0 ? list : undefined;
  }
  if (value instanceof Date || value instanceof Uint8Array || typeof value !== 'object' || value === null)
    return value ?? undefined;
  const members = Object.entries(value).map(([name, one]) => [name, withoutEmpty(one)] as const);
  const present = members.filter(([, one]) => one !== undefined);
  return present.length > 0 ? Object.fromEntries(present) : undefined;
}
