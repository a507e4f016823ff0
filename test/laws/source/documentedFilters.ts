import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tree.ts';

const folder = join(root, 'node_modules', '@aws-sdk', 'client-ec2', 'dist-types', 'models');
const models = readdirSync(folder)
  .filter((name) => name.startsWith('models_'))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');

/** The filters that the SDK's documentation lists for an action, as a client would send them; none where it takes no filters. */
export function documentedFilters(action: string): readonly string[] {
  const start = models.search(new RegExp(`export interface ${action}(?:Request|Input) \\{`));
  if (start < 0) return [];
  const body = models.slice(start, models.indexOf('\n}\n', start));
  const member = body.search(/\n {4}Filters\?:/);
  if (member < 0) return [];
  const comment = outerList(body.slice(body.lastIndexOf('/**', member), member));
  const names = [...comment.matchAll(/<li>[\s*]*<p>[\s*]*<code>([^<]+)<\/code>/g)].map((match) => match[1]!);
  return names.map((name) => (name === 'tag' ? 'tag:Owner' : name));
}

/** The text without the lists inside its list: those name the values of a filter. */
function outerList(comment: string): string {
  let depth = 0;
  return comment
    .split(/(<\/?ul>)/)
    .filter((part) => {
      if (part === '<ul>') depth++;
      else if (part === '</ul>') depth--;
      return depth === 1;
    })
    .join('');
}
