// @ts-check
/** `npm run new -- resource placement-group pg` */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../prepare/paths.js';
import { describeTestText, describeText, listIn } from './action.js';
import { membersOf, modelOf, structureOf } from './model.js';
import { camel, capital, checkName, dashed, pascal, plural, withArticle, words } from './names.js';

/** @param {readonly string[]} args */
export function scaffold([given, start]) {
  const name = checkName(given, dashed, "a resource's name in lower case with dashes, such as placement-group");
  const prefix = checkName(start, dashed, 'the prefix of its ids, such as pg');
  const folder = `src/cloud/${name}`;
  const action = `Describe${plural(pascal(name))}`;
  const model = modelOf(action);
  const list = model && listIn(model);
  return {
    files: {
      [`${folder}/README.md`]: readmeText(name),
      [`${folder}/row.ts`]: rowText(name),
      [`${folder}/${name}.ts`]: declarationText(name, prefix),
      [`${folder}/${name}.test.ts`]: testText(name),
      ...(list ? { [`${folder}/actions/${action}.ts`]: describeText(action, name, model, list) } : {}),
      ...(list ? { [`${folder}/actions/${action}.test.ts`]: describeTestText(action, list) } : {}),
    },
    next: [
      `In ${folder}: the columns (row.ts), EC2's states and the events between them, its error codes, every filter that`,
      `its Describe action documents, and what it shows. Then its actions: npm run new -- action Create${pascal(name)} ${name}`,
    ].join('\n'),
  };
}

/**
 * EC2's code for a refused id, when Elsewhere knows one.
 * @param {string} name
 * @param {string} end
 */
function codeFor(name, end) {
  const codes = readFileSync(join(root, 'src/kernel/codes.ts'), 'utf8');
  const wanted = [
    `Invalid${pascal(name)}ID.${end}`,
    `Invalid${pascal(name)}Id.${end}`,
    `Invalid${pascal(name)}.${end}`,
  ];
  return wanted.find((code) => codes.includes(`'${code}'`)) ?? 'InvalidParameterValue';
}

/**
 * @param {string} name
 * @param {string} prefix
 */
function declarationText(name, prefix) {
  const shape = structureOf(pascal(name));
  const members = shape ? membersOf(shape) : [];
  const id = members.includes(`${pascal(name)}Id`)
    ? `${pascal(name)}Id`
    : (members.find((member) => member.endsWith('Id')) ?? 'Id');
  const tagged = !shape || members.includes('Tags');
  const sdk = shape ? pascal(name) : 'Tag';
  const type = shape ? sdk : `{ readonly ${id}: string; readonly Tags?: readonly Tag[] }`;
  return `\
import type { ${sdk} } from '@aws-sdk/client-ec2';
import { resource } from '../../kernel/resource.ts';
import { states } from '../../kernel/states.ts';
${tagged ? "import { viewTags } from '../tag/tagSpecifications.ts';" : ''}
import type { ${pascal(name)}Row } from './row.ts';

/** ${capital(plural(words(name)))}: their ids, states, filters and form. */
export const ${camel(name)} = resource<${pascal(name)}Row>()({
  kind: '${name}',
  prefix: '${prefix}',
  ${tagged ? `tagged: '${name}',` : ''}
  codes: { missing: '${codeFor(name, 'NotFound')}', malformed: '${codeFor(name, 'Malformed')}', noun: '${words(name)}' },
  states: states(
    {
      available: { delete: 'deleting' },
      deleting: { gone: 'deleted' },
      deleted: {},
    },
    { transient: ['deleting'], refuse: 'IncorrectState' },
  ),
  filters: {
    '${name}-id': { of: (row) => row.id, doc: 'id of the ${words(name)}', indexed: true },
    state: { of: (row) => row.state, doc: 'state of the ${words(name)}', indexed: true },
  },
  view: (row): ${type} => ({
    ${id}: row.id,
    ${tagged ? '...viewTags(row.tags),' : ''}
  }),
});
`;
}

/** @param {string} name */
const rowText = (name) => `import type { StatefulRow } from '../../kernel/resource.ts';

/** ${capital(withArticle(words(name)))}, as it is stored. */
export interface ${pascal(name)}Row extends StatefulRow {
  readonly state: 'available' | 'deleting' | 'deleted';
}
`;

/** @param {string} name */
const testText = (name) => `import { describe, expect, it } from 'vitest';
import { ${camel(name)} } from './${name}.ts';

describe('${words(name)}', () => {
  it('leaves every transient state', () => {
    for (const state of ${camel(name)}.states?.transient ?? []) {
      expect(Object.keys(${camel(name)}.states?.table[state] ?? {})).not.toEqual([]);
    }
  });

  it('refuses to be deleted twice', () => {
    expect(${camel(name)}.states?.next('available', 'delete')).toBe('deleting');
    expect(${camel(name)}.states?.next('deleting', 'delete')).toBeUndefined();
  });
});
`;

/** @param {string} name */
const readmeText = (name) => `# ${capital(plural(words(name)))}

EC2's rules for ${plural(words(name))}.

- \`row.ts\` is what is stored of one.
- \`${name}.ts\` declares the resource: ids, states, filters, and what EC2 shows of a row.
- \`actions/\` has one file an action, named after it; the folder is the registry.
- \`operations/\` has the durable work that actions start: the only code here that calls a driver.

It may import \`kernel\`, \`ports\` and the other folders of \`cloud\`, and types and schemas of the AWS SDK.
To add an action: \`npm run new -- action Name ${name}\`.
`;
