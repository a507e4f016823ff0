/**
 * The AWS SDK's run-time schemas, read into a small model of our own.
 *
 * A schema of the SDK (`@smithy/types`, `schema/static-schemas`) is a number for a plain type or a tuple that starts
 * with its kind: 0 simple `[0, ns, name, traits, target]`, 1 list `[1, ns, name, traits, element]`, 2 map
 * `[2, ns, name, traits, key, value]`, 3 structure and -3 error and 4 union
 * `[3, ns, name, traits, memberNames, memberSchemas, requiredCount?]` (required members come first), 9 operation
 * `[9, ns, name, traits, input, output]`. A pair `[target, traits]` is a member; anything may hide behind a function.
 * Numbers: 0 string, 1 number, 2 boolean, 4-7 timestamp (default, date-time, HTTP date, epoch seconds), 15 document,
 * 17 big integer, 19 big decimal, 21 and 42 blob; +64 makes a list of it, +128 a map. `'unit'` is nothing.
 */

/** A schema as the SDK exports it (`CreateVolume$`, `Instance$`, …), or the function that returns it. */
export type SdkSchema = unknown;
type Tuple = readonly unknown[];

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

export type Shape =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'blob' | 'document' | 'unit' }
  | { readonly kind: 'timestamp'; readonly format: TimestampFormat }
  | ListShape
  | MapShape
  | StructureShape;

export interface ListShape {
  readonly kind: 'list';
  readonly element: Member;
}

export interface MapShape {
  readonly kind: 'map';
  readonly key: Member;
  readonly value: Member;
}

export interface StructureShape {
  readonly kind: 'structure';
  readonly name: string;
  readonly members: readonly Member[];
}

/** A member of a structure, the element of a list, or the key or value of a map. */
export interface Member {
  /** The SDK's name of the member: `InstanceIds`. */
  readonly name: string;
  /** Its element name in XML, where the model gives one. */
  readonly xmlName: string | undefined;
  /** Its name in EC2's query form, where the model gives one. */
  readonly ec2QueryName: string | undefined;
  readonly flattened: boolean;
  readonly required: boolean;
  readonly shape: Shape;
}

export interface Operation {
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
}

const plain = new Map<number, Shape>([
  [0, { kind: 'string' }],
  [1, { kind: 'number' }],
  [2, { kind: 'boolean' }],
  [4, { kind: 'timestamp', format: 'date-time' }],
  [5, { kind: 'timestamp', format: 'date-time' }],
  [6, { kind: 'timestamp', format: 'http-date' }],
  [7, { kind: 'timestamp', format: 'epoch-seconds' }],
  [15, { kind: 'document' }],
  [17, { kind: 'number' }],
  [19, { kind: 'number' }],
  [21, { kind: 'blob' }],
  [42, { kind: 'blob' }],
]);
const unit: Shape = { kind: 'unit' };
const known = new WeakMap<object, Shape>();

const LIST = 64;
const MAP = 128;

/** The shape of an SDK schema. The same schema object always gives the same `Shape` object. */
export function shapeOf(ref: SdkSchema): Shape {
  const schema = resolve(ref);
  if (schema === 'unit') return unit;
  if (typeof schema === 'number') return numbered(schema);
  if (!Array.isArray(schema)) throw new TypeError(`not a schema: ${String(schema)}`);
  const shape = known.get(schema);
  return shape ?? read(schema);
}

/** The operation that an exported operation schema (`CreateVolume$`) describes. */
export function operationOf(ref: SdkSchema): Operation {
  const schema = resolve(ref);
  if (!isOperation(schema)) throw new TypeError('not an operation schema');
  return { name: schema[2], input: shapeOf(schema[4]), output: shapeOf(schema[5]) };
}

/** Whether an export of an SDK client is an operation schema. */
export function isOperation(value: unknown): value is readonly [9, string, string, ...SdkSchema[]] {
  return Array.isArray(value) && value[0] === 9 && value.length === 6;
}

function resolve(ref: SdkSchema): SdkSchema {
  let schema = ref;
  while (typeof schema === 'function') schema = schema();
  return schema;
}

function numbered(schema: number): Shape {
  const shape = plain.get(schema);
  if (shape) return shape;
  let made: Shape;
  if (schema >= MAP) made = { kind: 'map', key: member('key', 0), value: member('value', schema - MAP) };
  else if (schema >= LIST) made = { kind: 'list', element: member('member', schema - LIST) };
  else throw new TypeError(`unknown schema number ${schema}`);
  plain.set(schema, made);
  return made;
}

function read(schema: Tuple): Shape {
  switch (schema[0]) {
    case 0:
      return keep(schema, shapeOf(schema[4]));
    case 1: {
      const list = keep(schema, { kind: 'list', element: undefined as unknown as Member });
      return Object.assign(list, { element: member('member', schema[4]) });
    }
    case 2:
      return keep(schema, { kind: 'map', key: member('key', schema[4]), value: member('value', schema[5]) });
    case 3:
    case -3:
    case 4:
      return structure(schema);
    default:
      throw new TypeError(`unknown schema kind ${String(schema[0])}`);
  }
}

function structure(schema: Tuple): Shape {
  const members: Member[] = [];
  // Known before its members are read: a structure may contain itself.
  const shape = keep(schema, { kind: 'structure', name: schema[2] as string, members });
  const required = (schema[6] as number | undefined) ?? 0;
  const targets = schema[5] as Tuple;
  (schema[4] as readonly string[]).forEach((name, i) => {
    members.push(member(name, targets[i], i < required));
  });
  return shape;
}

function keep(schema: object, shape: Shape): Shape {
  known.set(schema, shape);
  return shape;
}

function member(name: string, ref: SdkSchema, required = false): Member {
  let target = ref;
  let traits: Record<string, unknown> = {};
  // A member's traits win over those of its target, the outermost first.
  for (let pair = target; isMember(pair); pair = resolve(target)) {
    traits = { ...objectOf(pair[1]), ...traits };
    target = pair[0];
  }
  const own = resolve(target);
  if (Array.isArray(own)) traits = { ...objectOf(own[3]), ...traits };
  return {
    name,
    xmlName: traits.xmlName as string | undefined,
    ec2QueryName: traits.ec2QueryName as string | undefined,
    flattened: traits.xmlFlattened === 1,
    required,
    shape: shapeOf(target),
  };
}

function isMember(schema: SdkSchema): schema is Tuple {
  return Array.isArray(schema) && schema.length === 2;
}

/** Traits are an object, or a number of bits (idempotency token, sensitive, …), none of which concern the wire. */
function objectOf(traits: unknown): Record<string, unknown> {
  return typeof traits === 'object' && traits !== null ? (traits as Record<string, unknown>) : {};
}
