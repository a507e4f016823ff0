import type { Sql, Value } from './sql.ts';

/** Up to so many rows are one statement, whatever their number: what one launch writes, say. */
const FEW = 32;

/** Larger numbers of rows in one statement, the largest first. Those of a large launch cost a fifth less by 256 than by 64. */
const LARGER = [256, 64];

/** An insert of any number of rows. */
export interface Insert {
  /** How many question marks a row has. */
  readonly width: number;
  /** The statement for so many rows. Always the same string, so that finding the prepared statement costs nothing. */
  text(count: number): string;
}

/**
 * @param head `insert into table (columns)`
 * @param row `(?, ?)`
 * @param tail `on conflict …`, or nothing
 */
export function insertion(head: string, row: string, tail: string): Insert {
  const texts = new Map<number, string>();
  return {
    width: row.split('?').length - 1,
    text(count) {
      let text = texts.get(count);
      if (text === undefined) {
        text = `${head} values ${Array(count).fill(row).join(', ')} ${tail}`.trimEnd();
        texts.set(count, text);
      }
      return text;
    },
  };
}

interface Chunk {
  readonly text: string;
  readonly params: readonly Value[];
  /** How many rows. */
  readonly size: number;
}

/** Rows cut into statements of 256, of 64 and, for the rest, of up to 32, so that 34 prepared texts serve every number. */
function chunks(insert: Insert, values: readonly Value[]): readonly Chunk[] {
  const parts: Chunk[] = [];
  const rows = values.length / insert.width;
  for (let from = 0; from < rows; ) {
    const left = rows - from;
    const size = LARGER.find((larger) => larger <= left) ?? Math.min(left, FEW);
    const params = size === rows ? values : values.slice(from * insert.width, (from + size) * insert.width);
    parts.push({ text: insert.text(size), params, size });
    from += size;
  }
  return parts;
}

/** Inserts rows, given as their values one after another. */
export async function insertRows(sql: Sql, insert: Insert, values: readonly Value[]): Promise<void> {
  for (const { text, params } of chunks(insert, values)) await sql.run(text, params);
}

/** Inserts rows, given as their values one after another, that the database numbers; gives their numbers, in order. */
export async function insertNumbered(sql: Sql, insert: Insert, values: readonly Value[]): Promise<readonly number[]> {
  const seqs: number[] = [];
  for (const { text, params, size } of chunks(insert, values)) seqs.push(...(await sql.insert(text, params, size)));
  return seqs;
}
