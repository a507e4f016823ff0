import * as sdk from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { actions } from '../../cloud/registry.ts';
import { operationOf, type Shape, shapeOf } from '../awsquery/schema.ts';
import { ec2Versions } from '../awsquery/version.ts';
import { leftOutOf } from './laterMembers.ts';

const older = leftOutOf('2014-10-01')!;

it('the version that grows has everything; every other one leaves the same out', () => {
  const before = ec2Versions.filter((version) => version !== '2016-11-15');
  expect(leftOutOf('2016-11-15')).toBeUndefined();
  expect(before.length).toBeGreaterThan(40);
  for (const version of before) expect(leftOutOf(version)).toBe(older);
});

it.each(Object.entries(older))('%s has these members, and they are no single values', (name, members) => {
  const shape = shapeOf((sdk as Readonly<Record<string, unknown>>)[`${name}$`]);
  if (shape.kind !== 'structure') throw new Error(`${name} is no structure`);
  for (const member of members) {
    expect(['list', 'structure']).toContain(shape.members.find((m) => m.name === member)?.shape.kind);
  }
});

it('every structure of the table is in an answer of an action', () => {
  const seen = new Set<Shape>();
  const names = new Set<string>();
  const look = (shape: Shape): void => {
    if (seen.has(shape)) return;
    seen.add(shape);
    if (shape.kind === 'list') look(shape.element.shape);
    if (shape.kind !== 'structure') return;
    names.add(shape.name);
    for (const member of shape.members) look(member.shape);
  };
  for (const { schema } of Object.values(actions))
    if (schema[1] === 'com.amazonaws.ec2') look(operationOf(schema).output);
  expect(Object.keys(older).filter((name) => !names.has(name))).toEqual([]);
});
