/** What a filter can look at in a row: one value, or several of which one must match. */
export type FilterValue =
  | string
  | number
  | boolean
  | undefined
  | null
  | readonly (string | number | boolean | undefined)[];

/** How a filter reads a row. `indexed` keeps the values in the store's index, so that equality is found without a scan. */
export interface FilterRule<Row> {
  readonly of: (row: Row) => FilterValue;
  /** One clause for the reference page. */
  readonly doc: string;
  readonly indexed?: boolean;
}

/** Filters of a resource by EC2's names. */
export type FilterRules<Row> = Readonly<Record<string, FilterRule<Row>>>;

/** One filter of a request: the row passes when any of `values` matches. */
export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/** True where a filter value uses `*` or `?`. */
export const hasWildcard = (pattern: string): boolean => /[*?]/.test(pattern);

/**
 * Compiles an EC2 filter value: `*` stands for any run of characters, `?` for one, and a backslash takes either
 * literally (EC2 user guide, "Filtering resources"). Comparison is case-sensitive.
 * The matcher is linear in the text for each `*`, so that a hostile pattern cannot stall the server.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (!/[*?\\]/.test(pattern)) return (text) => text === pattern;
  const tokens = tokenize(pattern);
  return (text) => matches(tokens, [...text]);
}

const anyRun = Symbol('*');
const anyOne = Symbol('?');
type Token = string | typeof anyRun | typeof anyOne;

function tokenize(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i]!;
    if (c === '*') tokens.push(anyRun);
    else if (c === '?') tokens.push(anyOne);
    else if (c === '\\' && /^[*?\\]$/.test(characters[i + 1] ?? '')) tokens.push(characters[++i]!);
    else tokens.push(c);
  }
  return tokens;
}

function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let t = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const token = tokens[p];
    if (token === anyRun) {
      star = p++;
      resume = t;
    } else if (token !== undefined && (token === anyOne || token === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (tokens[p] === anyRun) p++;
  return p === tokens.length;
}

/** The strings that a filter compares, from what a rule returned. */
export function filterTexts(value: FilterValue): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.filter((v) => v !== undefined).map(String);
  return [String(value)];
}

/** Compiles one filter against one rule: true where any value of the row matches any value of the filter. */
export function compileFilter<Row>(rule: FilterRule<Row>, filter: Filter): (row: Row) => boolean {
  const patterns = filter.values.map(compilePattern);
  return (row) => filterTexts(rule.of(row)).some((text) => patterns.some((p) => p(text)));
}
