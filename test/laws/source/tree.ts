import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's root folder, without a slash at the end. */
export const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/[\\/]$/, '');

/** A file of the repository: its path relative to the root, with `/` between folders, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What version control leaves out, from .gitignore's plain forms: `name/`, `/name/`, `*.extension`. */
export function ignored(rules: string, path: string): boolean {
  const parts = path.split('/');
  return rules.split('\n').some((line) => {
    const rule = line.trim();
    if (rule === '' || rule.startsWith('#')) return false;
    const name = rule.replace(/^\/|\/$/g, '');
    if (name.startsWith('*.')) return path.endsWith(name.slice(1));
    return rule.startsWith('/') ? parts[0] === name : parts.includes(name);
  });
}

const rules = `.git/\n${readFileSync(join(root, '.gitignore'), 'utf8')}`;

/** Paths of all files below `folder` (relative to the root) that version control does not leave out, sorted. */
export function pathsBelow(folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .map((entry) => ({ entry, path: folder === '' ? entry.name : `${folder}/${entry.name}` }))
    .filter(({ path }) => !ignored(rules, path))
    .flatMap(({ entry, path }) => (entry.isDirectory() ? pathsBelow(path) : [path]))
    .sort();
}

/** TypeScript and JavaScript files below the folders given; folders that do not exist yet hold none. */
export function sources(...folders: readonly string[]): readonly SourceFile[] {
  const present = readdirSync(root);
  return folders
    .filter((folder) => present.includes(folder.split('/')[0] ?? ''))
    .flatMap((folder) => pathsBelow(folder))
    .filter((path) => /\.(ts|js|mjs)$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}
