import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Resource } from '../../src/kernel/resource.ts';

const root = join(import.meta.dirname, '../../src/cloud');

const isResource = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && 'kind' in value && 'filters' in value && 'view' in value;

/**
 * Every resource whose rows are stored and that has filters: of a kind, the one that is in the file of its folder's name
 * (others of the kind show what is made of its rows).
 */
export async function filteredResources(): Promise<readonly Resource[]> {
  const files = readdirSync(root, { withFileTypes: true })
    .filter((folder) => folder.isDirectory())
    .flatMap((folder) => readdirSync(join(root, folder.name)).map((file) => join(root, folder.name, file)))
    .filter((file) => /(?<!\.test|\.fixture)\.ts$/.test(file) && /\bresource</.test(readFileSync(file, 'utf8')));
  const own = (file: string): number => (basename(file, '.ts') === basename(dirname(file)) ? 0 : 1);
  const sorted = files.toSorted((one, other) => own(one) - own(other));
  const modules = await Promise.all(sorted.map((file) => import(pathToFileURL(file).href) as Promise<object>));
  const byKind = new Map<string, Resource>();
  for (const resource of modules.flatMap((module) => Object.values(module).filter(isResource))) {
    if (!byKind.has(resource.kind)) byKind.set(resource.kind, resource);
  }
  return [...byKind.values()].filter((resource) => Object.keys(resource.filters).length > 0);
}
