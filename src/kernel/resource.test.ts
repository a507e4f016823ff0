import { expect, it } from 'vitest';
import { type Row, resource } from './resource.ts';

const parts = {
  kind: 'thing',
  prefix: 'thing',
  codes: { missing: 'InvalidID', malformed: 'InvalidID', noun: 'thing' },
  filters: { 'vpc-id': { of: (row: Row) => row.id, doc: 'the VPC' } },
  view: (row: Row) => row.id,
} as const;

it('an alias stands for a filter that is there, under a name that no filter has', () => {
  expect(resource<Row>()({ ...parts, filterAliases: { vpcId: 'vpc-id' } }).filterAliases).toEqual({ vpcId: 'vpc-id' });
  expect(() => resource<Row>()({ ...parts, filterAliases: { vpcId: 'vpc' } })).toThrow(
    /vpcId cannot stand for filter vpc/,
  );
  expect(() => resource<Row>()({ ...parts, filterAliases: { 'vpc-id': 'vpc-id' } })).toThrow(/vpc-id/);
});

it('an index is no filter', () => {
  expect(() => resource<Row>()({ ...parts, indexes: { 'vpc-id': (row) => row.id } })).toThrow(
    /vpc-id is also a filter/,
  );
});
