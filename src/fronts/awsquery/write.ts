import { escapeXml } from './escape.ts';
import type { Protocol } from './node.ts';
import {
  type Member,
  operationOf,
  type SdkSchema,
  type Shape,
  type StructureShape,
  shapeOf,
  type TimestampFormat,
} from './schema.ts';
import { type LeftOut, without } from './without.ts';

/** Gives the XML of a value: of a structure its members one after another, without an element around them. */
export type Write = (value: unknown) => string;

/** Gives a named element with the value in it. */
type WriteElement = (value: unknown) => string;

const compiled: Record<Protocol, WeakMap<object, Write>> = { ec2: new WeakMap(), awsquery: new WeakMap() };

/**
 * Compiles the writer of any shape (`Instance$`), so that the fragment of one list element can be made, kept and joined.
 *
 * The writer takes a value of the SDK's type. Members that are undefined or null are left out, an empty list is an empty
 * element (`<tagSet/>`), times are `2015-01-02T03:04:05.000Z`, blobs base64. List elements are `<item>` (EC2's models say
 * so) or `<member>` (awsQuery). The same schema gives the same function.
 */
export function writeShape(schema: SdkSchema, protocol: Protocol): Write {
  return compileShape(shapeOf(schema), protocol);
}

/**
 * Compiles the writer of an operation's output from the operation's schema (`CreateVolume$`): what stands inside
 * `<CreateVolumeResponse>` beside the request id. EC2 answers `<return>true</return>` where the model has no output, and
 * old tools (boto 2, euca2ools) read it. `leftOut`: what the answer does not have in an older version of the API.
 */
export function compileWriter(operation: SdkSchema, protocol: Protocol, leftOut?: LeftOut): Write {
  const { output } = operationOf(operation);
  if (output.kind === 'unit') return protocol === 'ec2' ? () => '<return>true</return>' : () => '';
  return compileShape(leftOut === undefined ? output : without(output, leftOut), protocol);
}

export function compileShape(shape: Shape, protocol: Protocol): Write {
  switch (shape.kind) {
    case 'string':
    case 'document':
      return writeText;
    case 'number':
    case 'boolean':
      return String;
    case 'timestamp':
      return timestampWriter(shape.format);
    case 'blob':
      return writeBlob;
    case 'unit':
      return () => '';
    default:
      return compilePart(shape, protocol);
  }
}

function compilePart(shape: Extract<Shape, { kind: 'list' | 'map' | 'structure' }>, protocol: Protocol): Write {
  const found = compiled[protocol].get(shape);
  if (found) return found;
  if (shape.kind === 'structure') return compileStructure(shape, protocol);
  const write =
    shape.kind === 'list'
      ? repeated(element(nameOf(shape.element), compileShape(shape.element.shape, protocol)))
      : entries(shape.key, shape.value, 'entry', protocol);
  compiled[protocol].set(shape, write);
  return write;
}

function compileStructure(shape: StructureShape, protocol: Protocol): Write {
  const names: string[] = [];
  const elements: WriteElement[] = [];
  const write = (value: unknown): string => {
    const from = value as Readonly<Record<string, unknown>>;
    let xml = '';
    for (let i = 0; i < names.length; i++) {
      const part = from[names[i]!];
      if (part !== undefined && part !== null) xml += elements[i]!(part);
    }
    return xml;
  };
  // Known before its members are compiled: a structure may contain itself.
  compiled[protocol].set(shape, write);
  for (const member of shape.members) {
    names.push(member.name);
    elements.push(memberWriter(member, protocol));
  }
  return write;
}

function memberWriter(member: Member, protocol: Protocol): WriteElement {
  const { shape } = member;
  const name = nameOf(member);
  if (member.flattened && shape.kind === 'list')
    return repeated(element(name, compileShape(shape.element.shape, protocol)));
  if (member.flattened && shape.kind === 'map') return entries(shape.key, shape.value, name, protocol);
  if (shape.kind === 'string') return textElement(name);
  return element(name, compileShape(shape, protocol));
}

/** Strings are most of every answer: one function fewer for each of them. */
function textElement(name: string): WriteElement {
  const open = `<${name}>`;
  const close = `</${name}>`;
  return (value) => open + writeText(value) + close;
}

function element(name: string, write: Write): WriteElement {
  const open = `<${name}>`;
  const close = `</${name}>`;
  const empty = `<${name}/>`;
  return (value) => {
    const inner = write(value);
    return inner === '' ? empty : open + inner + close;
  };
}

function repeated(writeElement: WriteElement): Write {
  return (value) => {
    let xml = '';
    for (const one of value as readonly unknown[]) if (one !== undefined && one !== null) xml += writeElement(one);
    return xml;
  };
}

function entries(key: Member, value: Member, name: string, protocol: Protocol): Write {
  const writeKey = element(key.xmlName ?? 'key', compileShape(key.shape, protocol));
  const writeValue = element(value.xmlName ?? 'value', compileShape(value.shape, protocol));
  return (map) => {
    let xml = '';
    for (const [k, v] of Object.entries(map as Record<string, unknown>)) {
      if (v !== undefined && v !== null) xml += `<${name}>${writeKey(k)}${writeValue(v)}</${name}>`;
    }
    return xml;
  };
}

function nameOf(member: Member): string {
  return member.xmlName ?? member.name;
}

function writeText(value: unknown): string {
  return escapeXml(typeof value === 'string' ? value : String(value));
}

function writeBlob(value: unknown): string {
  const bytes = value as Uint8Array;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function timestampWriter(format: TimestampFormat): Write {
  switch (format) {
    case 'date-time':
      return (value) => (value as Date).toISOString();
    case 'http-date':
      return (value) => (value as Date).toUTCString();
    case 'epoch-seconds':
      return (value) => String((value as Date).getTime() / 1000);
  }
}
