import { StoreError } from '../../ports/store.ts';
import type { Sql } from '../repository/sql.ts';
import { items } from './0001-items.sql.ts';
import { subnetCounters } from './0002-subnet-counters.sql.ts';
import { inWords, type Migration, type Words } from './migration.ts';

/** Every step, in order. */
export const MIGRATIONS: readonly Migration[] = [items, subnetCounters];

/** The version that this program writes. */
export const LATEST = MIGRATIONS.length;

/**
 * The steps that a database of this version still needs.
 * @throws StoreError `too-new` when a later program has written it.
 */
export function missing(version: number): readonly Migration[] {
  if (version > LATEST) {
    throw new StoreError(
      'too-new',
      `the store has schema version ${version}, but this program knows versions up to ${LATEST}: use the program that wrote it, or a later one`,
    );
  }
  return MIGRATIONS.slice(version);
}

/** The version of a database's schema; its table `meta` must exist. */
export async function versionOf(sql: Sql): Promise<number> {
  const [row] = await sql.all('select version from meta', []);
  return Number(row?.[0] ?? 0);
}

/** Brings the schema to the latest version, inside a transaction of the caller. */
export async function migrate(sql: Sql, words: Words): Promise<void> {
  await sql.run('create table if not exists meta (version bigint not null)', []);
  const steps = missing(await versionOf(sql));
  if (steps.length === 0) return;
  for (const step of steps) {
    for (const statement of step.statements) await sql.run(inWords(statement, words), []);
  }
  await sql.run('delete from meta', []);
  await sql.run('insert into meta (version) values (?)', [LATEST]);
}
