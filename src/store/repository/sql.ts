/** What a statement is given: text, numbers, null, or a list for `in list(?)`. */
export type Value = string | number | null | readonly string[] | readonly number[];

/** A row as its columns, in the order of the statement. */
export type Row = readonly (string | number | null)[];

/** SQLite answers at once, PostgreSQL later; one caller waits for both. */
export type Awaitable<T> = T | Promise<T>;

/**
 * A connection, as the repository sees it. Texts are written once for both dialects: `?` stands for a value and
 * `in list(?)` for a list, and a column behind `~` is one that no index shall be chosen for; the dialect translates a text the first time it sees it and keeps the prepared statement.
 * So a text must never contain data. Failures of the database itself are thrown as `StoreError`.
 */
export interface Sql {
  /** The rows of a statement. */
  all(text: string, params: readonly Value[]): Awaitable<readonly Row[]>;
  /** The first row of a statement that gives at most one: a third of the cost of `all`. */
  one(text: string, params: readonly Value[]): Awaitable<Row | undefined>;
  /** Runs a statement; gives how many rows it changed. */
  run(text: string, params: readonly Value[]): Awaitable<number>;
  /** Runs an insert of `count` rows, which the database numbers as `seq`; gives their numbers, in the order of the rows. */
  insert(text: string, params: readonly Value[], count: number): Awaitable<readonly number[]>;
}

/** A piece of a statement with its values. */
export interface Part {
  readonly text: string;
  readonly params: readonly Value[];
}

/** Up to so many values stand in the text one by one; few numbers of values make few texts to prepare. */
const FEW = 4;

/**
 * `column` is one of `values`. One value is compared directly, so that an index stays ordered behind it; a few are named
 * one by one, which spares the database a list to take apart.
 */
export function oneOf(column: string, values: readonly string[]): Part {
  if (values.length === 1) return { text: `${column} = ?`, params: values };
  if (values.length > 1 && values.length <= FEW) {
    return { text: `${column} in (${Array(values.length).fill('?').join(', ')})`, params: values };
  }
  return { text: `${column} in list(?)`, params: [values] };
}

/** Parts one after another, with `between` between their texts. */
export function joined(parts: readonly Part[], between: string): Part {
  return { text: parts.map((part) => part.text).join(between), params: parts.flatMap((part) => part.params) };
}

/**
 * The text that comes right after every text with this prefix, in the order of bytes; undefined when there is none.
 * Both dialects compare by code points (SQLite's BINARY, PostgreSQL's "C").
 */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()?.codePointAt(0) ?? 0;
    // Surrogates are no characters: U+D7FF is followed by U+E000.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    if (next <= 0x10ffff) return points.join('') + String.fromCodePoint(next);
  }
  return undefined;
}

/** `column` starts with `prefix`. */
export function startsWith(column: string, prefix: string): Part {
  const end = afterPrefix(prefix);
  if (end === undefined) return { text: `${column} >= ?`, params: [prefix] };
  return { text: `${column} >= ? and ${column} < ?`, params: [prefix, end] };
}
