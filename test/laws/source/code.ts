/**
 * The code of a TypeScript file without what is written in it: comments, and the insides of strings, templates and regular
 * expressions, become spaces. Lengths and line breaks stay, so an offset means the same place in both texts.
 */
export function codeOf(text: string): string {
  const known = read.get(text);
  if (known !== undefined) return known;
  const reader = { text, at: 0, out: [] as string[] };
  readCode(reader, undefined);
  const code = reader.out.join('');
  read.set(text, code);
  return code;
}

/** Every rule reads every file. */
const read = new Map<string, string>();

interface Reader {
  readonly text: string;
  readonly out: string[];
  at: number;
}

const blank = (piece: string): string => piece.replace(/[^\n]/g, ' ');

/** After these a slash begins a regular expression; after anything else it divides. */
const beforeRegex = /(?:^|[=(,;:!&|?{}[+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|throw|await|yield))\s*$/;

const pieces: readonly { readonly starts: RegExp; readonly take: (reader: Reader, found: string) => string }[] = [
  { starts: /\/\/[^\n]*/y, take: (_, found) => blank(found) },
  { starts: /\/\*[\s\S]*?\*\//y, take: (_, found) => blank(found) },
  { starts: /'(?:[^'\\\n]|\\[\s\S])*'/y, take: (_, found) => `'${blank(found.slice(1, -1))}'` },
  { starts: /"(?:[^"\\\n]|\\[\s\S])*"/y, take: (_, found) => `"${blank(found.slice(1, -1))}"` },
];

const regex = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/** Reads up to the brace that closes an expression inside a template, or to the end. */
function readCode(reader: Reader, until: '}' | undefined): void {
  let depth = 0;
  while (reader.at < reader.text.length) {
    if (readPiece(reader)) continue;
    const char = reader.text[reader.at] ?? '';
    if (char === '`') {
      readTemplate(reader);
      continue;
    }
    if (char === '}' && depth === 0 && until) return;
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    reader.out.push(char);
    reader.at += 1;
  }
}

function readPiece(reader: Reader): boolean {
  for (const { starts, take } of pieces) {
    const found = match(reader, starts);
    if (found === undefined) continue;
    reader.out.push(take(reader, found));
    return true;
  }
  if (reader.text[reader.at] !== '/' || !beforeRegex.test(reader.out.slice(-60).join(''))) return false;
  const found = match(reader, regex);
  if (found === undefined) return false;
  reader.out.push(`/${blank(found.slice(1, -1))}/`);
  return true;
}

function match(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  if (found !== undefined) reader.at += found.length;
  return found;
}

function readTemplate(reader: Reader): void {
  reader.out.push('`');
  reader.at += 1;
  while (reader.at < reader.text.length) {
    const char = reader.text[reader.at] ?? '';
    if (char === '`') {
      reader.out.push('`');
      reader.at += 1;
      return;
    }
    if (reader.text.startsWith('${', reader.at)) {
      reader.out.push('${');
      reader.at += 2;
      readCode(reader, '}');
      reader.out.push(reader.text[reader.at] ?? '');
      reader.at += 1;
      continue;
    }
    const taken = char === '\\' ? 2 : 1;
    reader.out.push(blank(reader.text.slice(reader.at, reader.at + taken)));
    reader.at += taken;
  }
}
