import type { ClientBase, Pool, QueryArrayResult } from 'pg';
import { types } from 'pg';
import type { Row, Sql, Value } from '../repository/sql.ts';
import { troubleOf } from './trouble.ts';

/** A bigint's type number. Ours count things and milliseconds: they fit a JavaScript number. */
const BIGINT = 20;

/** How columns are read: bigint as numbers, all else as usual. */
export const TYPES = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === BIGINT ? Number : types.getTypeParser(oid, format ?? 'text')) as typeof types.getTypeParser,
};

interface Prepared {
  /** Under which a connection keeps the statement. */
  readonly name: string;
  readonly text: string;
}

/** A text for both dialects in PostgreSQL's words. Its planner knows the data and needs no hints. */
export function postgresText(text: string): string {
  let number = 0;
  return text
    .replaceAll('in list(?)', '= any(?)')
    .replaceAll('~', '')
    .replace(/\?/g, () => `$${++number}`);
}

/** The statements of a store; each connection prepares one when it first runs it. */
export interface Statements {
  of(text: string): Prepared;
}

export function statements(): Statements {
  const known = new Map<string, Prepared>();
  return {
    of(text) {
      let prepared = known.get(text);
      if (prepared === undefined) {
        prepared = { name: `elsewhere_${known.size + 1}`, text: postgresText(text) };
        known.set(text, prepared);
      }
      return prepared;
    },
  };
}

/** A pool (each statement on any of its connections) or one client of it, as the repository sees it. */
export function sqlOn(on: Pool | ClientBase, known: Statements): Sql {
  const query = async (text: string, params: readonly Value[]): Promise<QueryArrayResult> => {
    const { name, text: words } = known.of(text);
    return on.query({ name, text: words, values: params as unknown[], rowMode: 'array' });
  };
  const rows = async (text: string, params: readonly Value[]): Promise<Row[]> => {
    const result = await query(text, params).catch((error) => Promise.reject(troubleOf(error)));
    return result.rows as unknown as Row[];
  };
  return {
    all: rows,
    one: async (text, params) => (await rows(text, params))[0],
    run: async (text, params) => {
      const result = await query(text, params).catch((error) => Promise.reject(troubleOf(error)));
      return result.rowCount ?? 0;
    },
    insert: async (text, params) => {
      const returned = await rows(`${text} returning seq`, params);
      // Rows get their numbers in the order they are written; only the order of what is returned is left open.
      return returned.map((row) => row[0] as number).sort((a, b) => a - b);
    },
  };
}
