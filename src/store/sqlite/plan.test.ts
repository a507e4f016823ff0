import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ItemQuery } from '../../ports/store.ts';
import { find } from '../repository/find.ts';
import { migrate } from '../schema/migrate.ts';
import { type Connection, connect } from './connection.ts';

const MINE = { kind: 'volume', region: 'lab-1', account: '111111111111' };
const STATE = { name: 'state', values: ['available'] };
const NAME = { name: 'tag:Name', values: ['web'] };
let connection: Connection;

beforeAll(async () => {
  connection = connect(':memory:', 0);
  const serial = 'integer primary key autoincrement';
  await migrate(connection, { serial, text: 'text', clustered: 'without rowid', json: 'body' });
});
afterAll(() => connection.close());

/** How SQLite goes about a query, step by step. */
function plan(query: ItemQuery): readonly string[] {
  const { text, params } = find(query, 'i.seq, i.id, i.generation');
  return connection.all(`explain query plan ${text}`, params).map((row) => String(row[3]));
}

const sorts = (steps: readonly string[]): boolean => steps.some((step) => step.includes('TEMP B-TREE FOR ORDER'));
const scans = (steps: readonly string[]): boolean => steps.some((step) => /^SCAN (?!d$|json_each|c$)/.test(step));

describe('a page of', () => {
  it.each<[string, ItemQuery]>([
    ['all items', { ...MINE, limit: 100, after: 7 }],
    ['items by one condition', { ...MINE, limit: 100, where: [STATE] }],
    ['items by a condition with two values', { ...MINE, limit: 100, where: [{ ...STATE, values: ['a', 'b'] }] }],
    ['items by two conditions', { ...MINE, limit: 100, where: [STATE, NAME] }],
  ])('%s is read in order, from an index', (_, query) => {
    const steps = plan(query);
    expect(scans(steps), steps.join('\n')).toBe(false);
    expect(sorts(steps), steps.join('\n')).toBe(false);
  });

  it('heads does not touch the rows', () => {
    expect(plan({ ...MINE, limit: 100 }).join()).toContain('COVERING INDEX item_list');
  });
});

describe('a look-up by ids', () => {
  it.each<[string, ItemQuery]>([
    ['of an owner', { ...MINE, ids: ['vol-1'] }],
    ['of any owner', { kind: 'volume', region: 'lab-1', ids: ['vol-1', 'vol-2'] }],
    ['of a page', { ...MINE, ids: ['vol-1', 'vol-2'], limit: 5, after: 9 }],
    ['of an audience', { ...MINE, ids: ['vol-1'], audience: ['all', 'me'], where: [STATE] }],
  ])('%s goes by the ids', (_, query) => {
    const steps = plan(query);
    expect(steps.join('\n')).toMatch(/SEARCH i USING (COVERING )?INDEX item_of \(id=\?/);
    expect(scans(steps), steps.join('\n')).toBe(false);
  });
});
