import type { Row, Sql, Value } from './sql.ts';

/** The largest number of rows in one statement. */
const LARGEST = 64;

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
 * @param tail `on conflict …`, `returning …`, or nothing
 */
export function insertion(head: string, row: string, tail: string): Insert {
  const texts = new Map<number, string>();
  return {
    width: row.split('?').length - 1,
    text(count) {
      let text = texts.get(count);
      if (text === undefined) {
        text = `${head} values ${Array(count).fill(row).join(', ')} ${tail}`;
        texts.set(count, text);
      }
      return text;
    },
  };
}

/** Rows cut into statements of 64, 32, … 1 rows, so that seven prepared texts serve every number. */
function eachChunk(insert: Insert, values: readonly Value[]): readonly { text: string; params: readonly Value[] }[] {
  const parts: { text: string; params: readonly Value[] }[] = [];
  const rows = values.length / insert.width;
  let size = LARGEST;
  for (let from = 0; from < rows; from += size) {
    while (size > rows - from) size /= 2;
    const params = size === rows ? values : values.slice(from * insert.width, (from + size) * insert.width);
    parts.push({ text: insert.text(size), params });
  }
  return parts;
}

/** Inserts rows, given as their values one after another. */
export async function insertRows(sql: Sql, insert: Insert, values: readonly Value[]): Promise<void> {
  for (const { text, params } of eachChunk(insert, values)) await sql.run(text, params);
}

/** Inserts rows, given as their values one after another; gives what the statement returns for them. */
export async function insertReturning(sql: Sql, insert: Insert, values: readonly Value[]): Promise<readonly Row[]> {
  const returned: Row[] = [];
  for (const { text, params } of eachChunk(insert, values)) {
    if (params.length > insert.width) returned.push(...(await sql.all(text, params)));
    else returned.push((await sql.one(text, params))!);
  }
  return returned;
}
