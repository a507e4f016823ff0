/** One step of the schema, written once for both dialects with the words of `Words` in braces. */
export interface Migration {
  /** Steps are numbered 1, 2, 3, … and never changed once released. */
  readonly version: number;
  readonly statements: readonly string[];
}

/** What a dialect says for the few things in which the schema differs. */
export interface Words {
  /** A number that the database gives to each row, growing, never used again; the table's key. */
  readonly serial: string;
  /** Text compared by its bytes. */
  readonly text: string;
  /** Behind a table that is stored in the order of its primary key, where the database can. */
  readonly clustered: string;
  /** The column `body` of a table, as JSON. */
  readonly json: string;
}

/** The statement in one dialect. */
export function inWords(statement: string, words: Words): string {
  return statement.replace(/\{(serial|text|clustered|json)\}/g, (_, word: keyof Words) => words[word]);
}
