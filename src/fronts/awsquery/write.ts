import { escapeXml } from './escape.ts';
import { generateStructure, type MemberWriter } from './generate.ts';
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
      ? elements(nameOf(shape.element), compileShape(shape.element.shape, protocol))
      : entries(shape.key, shape.value, 'entry', protocol);
  compiled[protocol].set(shape, write);
  return write;
}

function compileStructure(shape: StructureShape, protocol: Protocol): Write {
  let generated: Write | undefined;
  // Its members are compiled when it is first written: a structure may contain itself, and most are never written.
  const write: Write = (value) => {
    generated ??= generateStructure(shape.members.map((member) => memberWriter(member, protocol)));
    return generated(value);
  };
  compiled[protocol].set(shape, write);
  return write;
}

function memberWriter(member: Member, protocol: Protocol): MemberWriter {
  const { shape } = member;
  const name = nameOf(member);
  const element = { name: member.name, open: `<${name}>`, close: `</${name}>`, empty: `<${name}/>` };
  if (member.flattened && shape.kind === 'list')
    return { ...element, how: 'repeated', write: elements(name, compileShape(shape.element.shape, protocol)) };
  if (member.flattened && shape.kind === 'map')
    return { ...element, how: 'repeated', write: entries(shape.key, shape.value, name, protocol) };
  return { ...element, how: howOf(shape), write: compileShape(shape, protocol) };
}

function howOf({ kind }: Shape): MemberWriter['how'] {
  if (kind === 'string') return 'text';
  return kind === 'number' || kind === 'boolean' ? 'plain' : 'written';
}

function element(name: string, write: Write): Write {
  const open = `<${name}>`;
  const close = `</${name}>`;
  const empty = `<${name}/>`;
  return (value) => {
    const inner = write(value);
    return inner === '' ? empty : open + inner + close;
  };
}

/** Elements of one name, one for each value of a list. */
function elements(name: string, write: Write): Write {
  const open = `<${name}>`;
  const close = `</${name}>`;
  const empty = `<${name}/>`;
  return (value) => {
    const list = value as readonly unknown[];
    let xml = '';
    for (let i = 0; i < list.length; i++) {
      const one = list[i];
      if (one === undefined || one === null) continue;
      const inner = write(one);
      xml += inner === '' ? empty : open + inner + close;
    }
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
      return writeTime;
    case 'http-date':
      return (value) => (value as Date).toUTCString();
    case 'epoch-seconds':
      return (value) => String((value as Date).getTime() / 1000);
  }
}

/** The time that was written last: those of one resource are mostly the same, and a time takes as long as ten strings. */
const last = { time: Number.NaN, text: '' };

function writeTime(value: unknown): string {
  const time = (value as Date).getTime();
  if (time !== last.time) Object.assign(last, { text: (value as Date).toISOString(), time });
  return last.text;
}
