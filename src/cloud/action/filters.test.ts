import { expect, it } from 'vitest';
import { expectRefusal } from '../../../test/support/world.ts';
import { type Row, resource } from '../../kernel/resource.ts';
import { compileFilters } from './filters.ts';

const thing = resource<Row>()({
  kind: 'thing',
  prefix: 'thing',
  codes: { missing: 'InvalidID', malformed: 'InvalidID', noun: 'thing' },
  filters: {
    'vpc-id': { of: (row) => row.tags.vpc, doc: 'the VPC', indexed: true },
    cidr: { of: (row) => row.tags.cidr, doc: 'the block' },
  },
  filterAliases: { vpcId: 'vpc-id', cidrBlock: 'cidr' },
  view: (row) => row.id,
});
const row = (tags: Record<string, string>): Row => ({ id: 'thing-1', account: '', region: '', createdAt: 0, tags });

it('an alias is found by the index of what it stands for', () => {
  const { where, test } = compileFilters(thing, [{ Name: 'vpcId', Values: ['vpc-1'] }]);
  expect(where).toEqual([{ name: 'vpc-id', values: ['vpc-1'] }]);
  expect(test).toBeUndefined();
});

it('an alias without an index tests the row', () => {
  const { where, test } = compileFilters(thing, [{ Name: 'cidrBlock', Values: ['10.*'] }]);
  expect(where).toEqual([]);
  expect([test?.(row({ cidr: '10.0.0.0/8' })), test?.(row({ cidr: '172.16.0.0/12' }))]).toEqual([true, false]);
});

it('other names are refused as they were sent', () =>
  expectRefusal(
    (async () => compileFilters(thing, [{ Name: 'toString', Values: ['x'] }]))(),
    'InvalidParameterValue',
    /'toString'/,
  ));
