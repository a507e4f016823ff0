import { DescribeInstances$, DescribeVpcs$, Vpc$ } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { type StructureShape, shapeOf } from './schema.ts';
import { type LeftOut, without } from './without.ts';
import { compileShape, compileWriter } from './write.ts';

const leftOut: LeftOut = { Vpc: ['CidrBlockAssociationSet'], Tag: ['Key'] };
const vpc = { VpcId: 'vpc-1', State: 'available', CidrBlockAssociationSet: [{ AssociationId: 'a' }] };

it('leaves members out at any depth, and leaves the shape itself alone', () => {
  const output = { Vpcs: [{ ...vpc, Tags: [{ Key: 'a', Value: 'b' }] }] };
  const xml = compileWriter(DescribeVpcs$, 'ec2', leftOut)(output);
  expect(xml).toContain('<vpcId>vpc-1</vpcId>');
  expect(xml).toContain('<tagSet><item><value>b</value></item></tagSet>');
  expect(xml).not.toContain('cidrBlockAssociationSet');
  expect(compileWriter(DescribeVpcs$, 'ec2')(output)).toContain('cidrBlockAssociationSet');
});

it('gives the same object for the same shape and table, another one for another table', () => {
  const shape = shapeOf(Vpc$);
  expect(without(shape, leftOut)).toBe(without(shape, leftOut));
  expect(compileShape(without(shape, leftOut), 'ec2')).toBe(compileShape(without(shape, leftOut), 'ec2'));
  expect(without(shape, {})).not.toBe(without(shape, leftOut));
  expect(without(shapeOf(0), leftOut)).toBe(shapeOf(0));
});

it('keeps every other member as it is', () => {
  expect(compileWriter(DescribeInstances$, 'ec2', {})({ Reservations: [{ Instances: [{ InstanceId: 'i-1' }] }] })).toBe(
    '<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet></item></reservationSet>',
  );
});

it('copies a structure that contains itself, and maps', () => {
  const tree: unknown = [3, 'test', 'Tree', 0, ['Name', 'Hidden', 'Leaves', 'Counts'], [0, 0, () => leaves, 128 + 1]];
  const leaves: unknown = [1, 'test', 'Leaves', 0, () => tree];
  const shape = without(shapeOf(tree), { Tree: ['Hidden'] }) as StructureShape;
  const value = { Name: 'a', Hidden: 'x', Leaves: [{ Name: 'b', Hidden: 'y' }], Counts: { c: 1 } };
  expect(compileShape(shape, 'awsquery')(value)).toBe(
    '<Name>a</Name><Leaves><member><Name>b</Name></member></Leaves><Counts><entry><key>c</key><value>1</value></entry></Counts>',
  );
});
