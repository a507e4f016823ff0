import type { OperationSchema } from '../../src/cloud/action/action.ts';
import { type Member, operationOf, type Shape } from '../../src/fronts/awsquery/schema.ts';
import type { Chance } from './chance.ts';

export type Pair = readonly [name: string, value: string];

/** Texts that are right somewhere: ids of things that are there, names, states, words of EC2. */
const words = [
  ...[
    'us-east-1a',
    'us-east-1',
    'eu-west-1b',
    't3.micro',
    'gp3',
    'io2',
    '/dev/sdf',
    'tcp',
    '-1',
    'all',
    'default',
    'self',
  ],
  ...[
    '10.0.0.0/8',
    '0.0.0.0/0',
    '::/0',
    '172.31.0.9',
    'vpc',
    'instance',
    'volume',
    'running',
    'available',
    '*',
    '?',
    '\\*',
  ],
  ...[
    'tag:Name',
    'tag-key',
    'instance-state-name',
    'vpc-id',
    'Name',
    'aws:x',
    'x'.repeat(300),
    ' ',
    '0',
    'true',
    '2026-01-01T00:00:00Z',
  ],
];
const numbers = [
  '0',
  '1',
  '5',
  '22',
  '1000',
  '-1',
  '65535',
  '65536',
  '2147483647',
  '9007199254740993',
  '1e3',
  '1.5',
  '-0',
  'NaN',
  '',
];

/** A form that the action's schema accepts, or nearly: each member is there or not, ids are of `ids`. */
export function formOf(schema: OperationSchema, chance: Chance, ids: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  const { input } = operationOf(schema);
  if (input.kind !== 'structure') return pairs;
  // Wide inputs are filled thinly: the first checks must not hide all the others.
  for (const member of input.members) {
    if (member.name === 'DryRun') continue;
    if (chance.once(input.members.length > 12 ? 6 : 2)) add(member, nameOf(member), 0);
  }
  return pairs;

  function add({ shape }: Member, name: string, depth: number): void {
    if (depth > 4) return;
    if (shape.kind === 'structure') {
      for (const member of shape.members) if (chance.once(3)) add(member, `${name}.${nameOf(member)}`, depth + 1);
    } else if (shape.kind === 'list') {
      for (let i = 1; i <= 1 + chance.below(3); i++) add(shape.element, `${name}.${i}`, depth + 1);
    } else pairs.push([name, textOf(shape, name)]);
  }

  function textOf(shape: Shape, name: string): string {
    if (shape.kind === 'boolean') return chance.of(['true', 'false', 'true', 'false', 'TRUE', '1', 'maybe']);
    if (shape.kind === 'number') return chance.of(numbers);
    if (shape.kind === 'timestamp') return chance.of(['2026-01-01T00:00:00Z', '2026-13-01', 'now']);
    if (shape.kind === 'blob') return chance.of(['aGVsbG8=', 'not base64!', '']);
    return /Id(\.\d+)?$|Instance|Volume|Group|Image|Snapshot/.test(name) && !chance.once(4)
      ? chance.of(ids)
      : chance.of(words);
  }
}

/** A member's name in EC2's query form. */
export const nameOf = ({ name, xmlName, ec2QueryName }: Member): string =>
  ec2QueryName ?? (xmlName === undefined ? name : xmlName[0]!.toUpperCase() + xmlName.slice(1));
