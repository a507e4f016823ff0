// @ts-check
/** `npm run new -- decision "Answer reads from the store"` */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../prepare/paths.js';
import { checkName } from './names.js';

/** @param {readonly string[]} args */
export function scaffold([given]) {
  const title = checkName(given?.trim(), /\w.*\w/, 'a title, such as "Answer reads from the store"');
  const folder = join(root, 'docs', 'decisions');
  const numbers = existsSync(folder) ? readdirSync(folder).map((name) => Number(/^(\d{4})-/.exec(name)?.[1] ?? 0)) : [];
  const number = String(Math.max(0, ...numbers) + 1).padStart(4, '0');
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return {
    files: { [`docs/decisions/${number}-${slug}.md`]: text(number, title) },
    next: 'Commit it together with the code that follows it.',
  };
}

/**
 * @param {string} number
 * @param {string} title
 */
const text = (number, title) => `# ${number}: ${title}

## Context

What made a decision necessary, and what was known then: facts, measurements, who is concerned.

## Decision

What we do.

## Consequences

What becomes easier, what becomes harder, what was given up, and what would make us think again.
`;
