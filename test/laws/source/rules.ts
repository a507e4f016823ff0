import { codeOf } from './code.ts';
import type { SourceFile } from './tree.ts';

/** What a rule finds wrong with a file: lines of it, or the file as a whole. Nothing wrong = empty. */
export type Rule = (file: SourceFile) => readonly string[];

/** Lines are counted from 1. */
function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Every place where a pattern stands in the code itself, not in comments and strings. */
const inCode =
  (pattern: RegExp): Rule =>
  ({ path, text }) =>
    [...codeOf(text).matchAll(pattern)].map((found) => `${path}:${lineOf(text, found.index)} ${found[0].trim()}`);

/** Every place where a pattern stands anywhere in the file. */
const anywhere =
  (pattern: RegExp): Rule =>
  ({ path, text }) =>
    [...text.matchAll(pattern)].map((found) => `${path}:${lineOf(text, found.index)} ${found[0].trim()}`);

/** Applies a rule to the files whose path the test accepts. */
const where =
  (accepts: (path: string) => boolean, rule: Rule): Rule =>
  (file) =>
    accepts(file.path) ? rule(file) : [];

const longest = 300;

/** Tables of facts are as long as the facts. */
const isTable = (path: string): boolean =>
  path.endsWith('.generated.ts') || path.endsWith('.data.ts') || path.startsWith('src/drivers/simulator/catalogue/');

const tooLong: Rule = ({ path, text }) => {
  const lines = text.split('\n').length - 1;
  return lines > longest ? [`${path} has ${lines} lines`] : [];
};

/** Names that say nothing about what is inside. */
const emptyNames = new Set(['util', 'utils', 'manager', 'managers', 'helper', 'helpers', 'base']);

const badName: Rule = ({ path }) => {
  const words = path.replace(/\.\w+$/, '').split(/[/.\-_]|(?<=[a-z0-9])(?=[A-Z])/);
  return words.filter((word) => emptyNames.has(word.toLowerCase())).map((word) => `${path}: ${word} says nothing`);
};

/** Classes whose ancestor is neither Error nor named as an error. */
const inheritance: Rule = ({ path, text }) => {
  const heads = codeOf(text).matchAll(/\bclass\b([^{}]*)\{/g);
  return [...heads].flatMap((found) => {
    let head = found[1] ?? '';
    while (/<[^<>]*>/.test(head)) head = head.replace(/<[^<>]*>/g, '');
    const ancestor = /\bextends\s+([\w.]+)/.exec(head)?.[1];
    return ancestor === undefined || ancestor.endsWith('Error')
      ? []
      : [`${path}:${lineOf(text, found.index)} extends ${ancestor}`];
  });
};

// Written in two parts, so that this file does not break its own rule.
const unfinished = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`, 'g');
const suppressed = new RegExp(`@ts-${'ignore'}|@ts-${'nocheck'}|biome-${'ignore'}|eslint-${'disable'}`, 'g');

const isTest = (path: string): boolean => path.endsWith('.test.ts');
const inProduct = (path: string): boolean => path.startsWith('src/') && !isTest(path);

/** The house rules that can be read off a file alone, by name. */
export const rules = {
  'at most 300 lines': where((path) => !isTable(path), tooLong),
  'names that say something': badName,
  'names that say something, of what is declared': inCode(
    /\b(?:class|interface|function|type)\s+\w*(?:Manager|Helper|Utils?)\b/g,
  ),
  'no any outside the codec': where(
    // Tests read members of many outputs without naming each type.
    (path) => !path.startsWith('src/fronts/awsquery/') && !path.startsWith('test/support/'),
    inCode(/(?:[:<|&,=(]|\bas|\bextends)\s*any\b(?!\s*[:(.])/g),
  ),
  'no unfinished work': anywhere(unfinished),
  'no suppressed findings': anywhere(suppressed),
  'no test that does not run': where(
    isTest,
    inCode(/\b(?:it|test|describe|suite|bench)\s*\.(?:concurrent\s*\.)?\s*(?:only|skip|todo|skipIf|runIf|fails)\b/g),
  ),
  'no empty catch': inCode(
    /\bcatch\s*(?:\([^)]*\))?\s*\{\s*\}|\.catch\(\s*\(\w*\)\s*=>\s*(?:\{\s*\}|undefined|null|void 0)\s*,?\s*\)/g,
  ),
  'no inheritance but Error': inheritance,
  'no decorators': inCode(/@\s*\w+/g),
  'time and chance come from ports': where(
    (path) => inProduct(path) && /^src\/(?:kernel|cloud|drivers\/simulator)\//.test(path),
    inCode(/\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\bprocess\.hrtime\b/g),
  ),
} satisfies Readonly<Record<string, Rule>>;
