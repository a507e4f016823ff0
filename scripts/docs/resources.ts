import { taggable } from '../../src/cloud/tag/taggable.ts';
import type { Resource } from '../../src/kernel/resource.ts';
import type { States } from '../../src/kernel/states.ts';
import { page, table } from './table.ts';

/** Ids, refusals, states and filters of every resource. */
export const resourcesPage = (): string =>
  page(
    'Resources',
    'Filter values may hold `*` (any run of characters) and `?` (one character). *Indexed* filters cost the same whatever the number of resources, as long as their values hold neither. Taggable resources also have the filters `tag:KEY` (indexed), `tag-key` and `tag-value`.',
    ...taggable.map(section),
  );

function section(resource: Resource): string {
  const facts = [
    `Ids: \`${resource.prefix}-…\``,
    `unknown id: \`${resource.codes.missing}\``,
    `malformed id: \`${resource.codes.malformed}\``,
    resource.tagged === undefined ? 'not taggable' : `tag specifications: \`${resource.tagged}\``,
  ].join('; ');
  const filters = Object.entries(resource.filters).map(([name, rule]) => [
    spellings(resource, name),
    rule.doc,
    rule.indexed ? 'yes' : '',
  ]);
  return [
    `## ${resource.kind}`,
    `${facts}.`,
    resource.states === undefined ? '' : diagram(resource.states),
    filters.length === 0 ? '' : table(['Filter', 'Looks at', 'Indexed'], filters),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A filter's name, and the others that it may be called by. */
const spellings = ({ filterAliases = {} }: Resource, name: string): string =>
  [name, ...Object.keys(filterAliases).filter((alias) => filterAliases[alias] === name)]
    .map((each) => `\`${each}\``)
    .join(', ');

/** A state diagram that code hosts draw. */
function diagram(machine: States): string {
  const lines = Object.entries(machine.table).flatMap(([state, events]) =>
    Object.entries(events as Record<string, string>).map(
      ([event, next]) => `  ${mermaidId(state)} --> ${mermaidId(next)}: ${event}`,
    ),
  );
  const names = Object.keys(machine.table).map((state) => `  state "${state}" as ${mermaidId(state)}`);
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...names,
    ...lines,
    '```',
    `An event that a state does not know is refused with \`${machine.refuse}\`.`,
  ].join('\n');
}

const mermaidId = (state: string): string => state.replaceAll('-', '_');
