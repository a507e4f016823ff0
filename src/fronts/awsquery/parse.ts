import { invalidValue, malformed, missingParameter, unknownParameter, WireError } from './errors.ts';
import type { Pair } from './form.ts';
import { compileNode, type Field, type Node, type Protocol, type StructureNode } from './node.ts';
import { operationOf, type SdkSchema } from './schema.ts';

/** Most parts of a parameter's name; the deepest input of EC2 (RequestSpotFleet) has eleven. */
const DEEPEST = 32;
/** Highest list index, a 32-bit integer. Lists are built from what was sent, so that an index costs no memory. */
const HIGHEST_INDEX = 2 ** 31 - 1;

/**
 * What was sent, by member name, list index or map index. A list's index says only in which order its elements come:
 * clients count from 0 (libcloud sent `Filter.0.Name` to EC2 for years: apache/libcloud#323) or leave numbers out.
 */
type Branch = Map<string | number, unknown>;

/** Parameters that every request may carry beside the input's own: they say who asks for what, not with which input. */
const common = new Set(
  'Action Version AWSAccessKeyId Signature SignatureMethod SignatureVersion Timestamp Expires SecurityToken'.split(' '),
);

/**
 * Compiles the reader of an operation's input from its SDK schema (`CreateVolume$`).
 *
 * The reader turns the parameters of a request into the operation's input object, keyed by the SDK's member names, with
 * numbers, booleans, `Date`s and `Uint8Array`s where the schema has them. It throws a {@link WireError} (400):
 * - `UnknownParameter` (EC2 only; the awsQuery services ignore what they do not know). As EC2 does, the message names the
 *   part of the name that is not known: `Item` in `Filter.1.Item.1` (aws/aws-sdk-js#54);
 * - `InvalidParameterValue`: text that is not of the member's type, a list index that is too large;
 * - `MissingParameter` (awsQuery: `ValidationError`): a required member is absent;
 * - `MalformedQueryString`: one parameter twice (which of the two a client means cannot be known), or too deep a name.
 *
 * A list of plain values may be sent without an index when it has one element (`Filter.1.Value=a`: apache/libcloud#323),
 * and EC2 takes a list of one for a plain member of the input (boto 2 asks GetConsoleOutput for `InstanceId.1`).
 */
export function compileParser(
  operation: SdkSchema,
  protocol: Protocol,
): (pairs: readonly Pair[]) => Record<string, unknown> {
  const { input } = operationOf(operation);
  const root = compileNode(input, protocol, '');
  return (pairs) => {
    const sent: Branch = new Map();
    for (const [name, value] of pairs) put(root, sent, name, value, protocol);
    return buildStructure(root as StructureNode, sent, '', protocol);
  };
}

function put(root: Node, sent: Branch, name: string, value: string, protocol: Protocol): void {
  const parts = name.includes('.') ? name.split('.') : [name];
  if (parts.length > DEEPEST) throw malformed(`The parameter name has more than ${DEEPEST} parts`);
  const at = walk(root, sent, parts, name, value, protocol);
  if (at !== undefined && protocol === 'ec2' && !isCommon(name)) throw unrecognised(parts, at);
}

/** Follows a name to its member and puts the value there. Gives the index of the part that leads nowhere, if any. */
function walk(
  root: Node,
  sent: Branch,
  parts: readonly string[],
  name: string,
  value: string,
  protocol: Protocol,
): number | undefined {
  let node = root;
  let branch = sent;
  let key: string | number | undefined;
  for (let i = 0; i < parts.length; i++) {
    if (node.kind === 'plain' && protocol === 'ec2' && isListOfOne(parts)) break;
    if (key !== undefined) branch = branchAt(branch, key);
    if (parts[i] === markerOf(node)) i++;
    else if (markerOf(node) !== undefined) return i;
    const next = step(node, parts[i], name);
    if (!next) return i;
    key = next.key;
    node = next.node;
  }
  return leaf(node, branch, key!, name, value, protocol) ? undefined : parts.length - 1;
}

const isListOfOne = (parts: readonly string[]): boolean => parts.length === 2 && parts[1] === '1';

function markerOf(node: Node): string | undefined {
  return node.kind === 'list' || node.kind === 'map' ? node.marker : undefined;
}

interface Step {
  readonly key: string | number;
  readonly node: Node;
}

function step(node: Node, part: string | undefined, name: string): Step | undefined {
  if (part === undefined) return undefined;
  switch (node.kind) {
    case 'structure': {
      const field = node.fields.get(part);
      return field && { key: part, node: field.node };
    }
    case 'list':
    case 'map': {
      if (!/^(0|[1-9]\d*)$/.test(part)) return undefined;
      const index = Number(part);
      if (index > HIGHEST_INDEX) throw invalidValue(name, part, `An index must not be greater than ${HIGHEST_INDEX}.`);
      return { key: index, node: node.element };
    }
    case 'plain':
      return undefined;
  }
}

function branchAt(branch: Branch, key: string | number): Branch {
  let child = branch.get(key);
  if (child === undefined) {
    child = new Map();
    branch.set(key, child);
  }
  return child as Branch;
}

/** Puts a value where its name ends. False when a value has no place there: a structure, or a list of structures. */
function leaf(
  node: Node,
  branch: Branch,
  key: string | number,
  name: string,
  value: string,
  protocol: Protocol,
): boolean {
  if (node.kind === 'plain') {
    if (branch.has(key)) throw malformed(`The parameter ${name} occurs more than once`);
    branch.set(key, node.read(value, name));
    return true;
  }
  if (node.kind !== 'list') return false;
  if (protocol === 'awsquery' && value === '') {
    branchAt(branch, key); // how awsQuery says "an empty list"
    return true;
  }
  return node.element.kind === 'plain' && leaf(node.element, branchAt(branch, key), 1, name, value, protocol);
}

/** A bare number says nothing to a reader, so that the part before it is named instead. */
function unrecognised(parts: readonly string[], at: number): WireError {
  let i = Math.min(at, parts.length - 1);
  while (i > 0 && /^\d*$/.test(parts[i]!)) i--;
  return unknownParameter(parts[i]!);
}

function isCommon(name: string): boolean {
  return common.has(name) || /^x-amz-/i.test(name);
}

function buildStructure(
  node: StructureNode,
  branch: Branch,
  path: string,
  protocol: Protocol,
): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [wire, child] of branch) {
    const field = node.fields.get(wire as string)!;
    value[field.name] = build(field.node, child, path + wire, protocol);
  }
  for (const field of node.required) if (!branch.has(field.wire)) throw missing(path, field, protocol);
  return value;
}

function build(node: Node, sent: unknown, path: string, protocol: Protocol): unknown {
  switch (node.kind) {
    case 'plain':
      return sent;
    case 'structure':
      return buildStructure(node, sent as Branch, `${path}.`, protocol);
    case 'list':
      return ordered(sent as Branch).map(([i, one]) =>
        build(node.element, one, `${path}.${prefix(node)}${i}`, protocol),
      );
    case 'map': {
      const entries = ordered(sent as Branch).map(([i, one]) => {
        const entry = build(node.element, one, `${path}.${prefix(node)}${i}`, protocol) as Record<string, unknown>;
        return [String(entry.key), entry.value] as const;
      });
      return Object.fromEntries(entries); // defines own properties: a key named __proto__ is a key like any other
    }
  }
}

function prefix(node: { readonly marker: string | undefined }): string {
  return node.marker === undefined ? '' : `${node.marker}.`;
}

function ordered(branch: Branch): (readonly [number, unknown])[] {
  return ([...branch] as [number, unknown][]).sort((a, b) => a[0] - b[0]);
}

function missing(path: string, field: Field, protocol: Protocol): WireError {
  if (protocol === 'ec2') return missingParameter(path + field.wire);
  const name = path + field.wire;
  return new WireError(
    'ValidationError',
    `1 validation error detected: Value null at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must not be null`,
  );
}
