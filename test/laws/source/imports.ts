import { codeOf } from './code.ts';

/** One import, or re-export, of a file. */
export interface Import {
  /** As written: `./volume.ts`, `@aws-sdk/client-ec2`. */
  readonly from: string;
  /** Names that are imported as values; `*` for a whole module. Empty for imports of types only. */
  readonly values: readonly string[];
}

const withNames = /\b(import|export)\b(\s+type\b)?([^'";]*?)\bfrom\s*(['"])( *)\4/dg;
const withoutNames = /\bimport\s*\(?\s*(['"])( *)\1/dg;

/** Everything that a file imports: statically, for effect, dynamically, and in types. */
export function importsOf(text: string): readonly Import[] {
  const code = codeOf(text);
  const quoted = (span: readonly [number, number] | undefined): string => (span ? text.slice(span[0], span[1]) : '');
  return [
    ...[...code.matchAll(withNames)].map((found) => ({
      from: quoted(found.indices?.[5]),
      values: found[2] ? [] : valuesIn(found[3] ?? ''),
    })),
    ...[...code.matchAll(withoutNames)].map((found) => ({ from: quoted(found.indices?.[2]), values: ['*'] })),
  ];
}

/** Names in a clause such as `main, { type A, b as c }`. */
function valuesIn(clause: string): readonly string[] {
  return clause
    .replace(/[{}]/g, ',')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((name) => name.split(/\s+as\s+/)[0] ?? name);
}
