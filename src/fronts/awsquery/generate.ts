import { escapeXml } from './escape.ts';
import type { Write } from './write.ts';

/** How one member of a structure is written. */
export interface MemberWriter {
  /** The SDK's name of the member. */
  readonly name: string;
  /** What stands before and after the text of each value; the value is left out when it is empty and this is undefined. */
  readonly open: string;
  readonly close: string;
  /** What stands for a value without any text. */
  readonly empty: string;
  /** `text`: a string; `plain`: a number or boolean; `repeated`: the elements of a list, each as `write` gives it. */
  readonly how: 'text' | 'plain' | 'written' | 'repeated';
  readonly write: Write;
}

/**
 * Generates the function that writes a structure: straight code with every name in it, as one would write by hand. Walking
 * a table of members instead takes four times as long. Names come from the SDK's schemas and are quoted.
 */
export function generateStructure(members: readonly MemberWriter[]): Write {
  const lines = members.map(lineOf);
  const source = [
    ...members.map((_, i) => `const w${i} = members[${i}].write;`),
    'return (v) => {',
    "let x = ''; let p; let s;",
    ...lines,
    'return x;',
    '};',
  ];
  const make = new Function('members', 'escapeXml', source.join('\n')) as (
    given: readonly MemberWriter[],
    escapeText: typeof escapeXml,
  ) => Write;
  return make(members, escapeXml);
}

function lineOf(member: MemberWriter, i: number): string {
  const { name, open, close, empty } = member;
  const [before, after, none] = [open, close, empty].map((text) => JSON.stringify(text));
  const writings: Record<MemberWriter['how'], string> = {
    text: `x += ${before} + escapeXml(typeof p === 'string' ? p : String(p)) + ${after};`,
    plain: `x += ${before} + p + ${after};`,
    written: `s = w${i}(p); x += s === '' ? ${none} : ${before} + s + ${after};`,
    repeated: `x += w${i}(p);`,
  };
  return `p = v[${JSON.stringify(name)}]; if (p !== undefined && p !== null) { ${writings[member.how]} }`;
}
