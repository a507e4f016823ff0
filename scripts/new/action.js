// @ts-check
/** `npm run new -- action ModifyVolume volume` */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../prepare/paths.js';
import { membersOf, needModel } from './model.js';
import { camel, checkName, dashed, pascal, plural, WrongArguments } from './names.js';

/** @param {readonly string[]} args */
export function scaffold([given, of]) {
  const name = checkName(given, /^[A-Z][A-Za-z0-9]+$/, "an action's name, such as ModifyVolume");
  const resource = checkName(of, dashed, "a resource's name, such as volume");
  const model = needModel(name);
  if (!existsSync(join(root, 'src/cloud', resource))) {
    throw new WrongArguments(
      `There is no src/cloud/${resource}. Make it with: npm run new -- resource ${resource} PREFIX`,
    );
  }
  const declared = existsSync(join(root, 'src/cloud', resource, `${resource}.ts`));
  // Other Describe actions show something else of the resource than its view.
  const list = declared && name === `Describe${plural(pascal(resource))}` ? listIn(model) : undefined;
  const mode = /^(Describe|Get|List|Search)/.test(name) ? 'read' : 'write';
  const text = list ? describeText(name, resource, model, list) : plainText(name, mode, model);
  const folder = `src/cloud/${resource}/actions`;
  return {
    files: {
      [`${folder}/${name}.ts`]: text,
      [`${folder}/${name}.test.ts`]: list ? describeTestText(name, list) : plainTestText(name),
    },
    next: list
      ? 'Check the ids and the list that were read off the model, then test its filters and pages.'
      : 'It refuses every request until its run is written. Test what it answers, refuses and changes.',
  };
}

/**
 * Where a Describe action's input names ids and its output lists elements.
 * @param {ReturnType<typeof needModel>} model
 */
export function listIn({ input, output }) {
  const lists = membersOf(output).filter((member) => member !== 'NextToken');
  const ids = membersOf(input).find((member) => member.endsWith('Ids'));
  const filtered = membersOf(input).includes('Filters');
  return lists.length === 1 && filtered ? { list: lists[0], ids } : undefined;
}

/**
 * @param {string} name
 * @param {string} resource
 * @param {ReturnType<typeof needModel>} model
 * @param {{ list: string | undefined, ids: string | undefined }} members
 */
export const describeText = (name, resource, { input }, { list, ids }) => `\
import { ${name}$, type ${input[2]} } from '@aws-sdk/client-ec2';
import { describe } from '../../action/describe.ts';
import type { ${pascal(resource)}Row } from '../row.ts';
import { ${camel(resource)} } from '../${resource}.ts';

export default describe<${input[2]}, ${pascal(resource)}Row>(${name}$, ${camel(resource)}, {
  doc: 'Lists ${sentence(name)}.',
  list: '${list}',
  ${ids ? `ids: '${ids}',` : ''}
});
`;

/**
 * @param {string} name
 * @param {'read' | 'write'} mode
 * @param {ReturnType<typeof needModel>} model
 */
function plainText(name, mode, { input, output }) {
  // Smithy's Unit: no members at all.
  const nothing = output[2] === 'Unit';
  const types = [...new Set([input[2], ...(nothing ? [] : [output[2]])])].map((type) => `type ${type}`);
  return `\
import { ${name}$, ${types.join(', ')} } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { ${mode} } from '../../action/action.ts';

export default ${mode}<${input[2]}, ${nothing ? 'Record<string, never>' : output[2]}>(${name}$, {
  doc: '${name}: not offered yet.',
  run: async () => fail('UnsupportedOperation', 'The action ${name} is not supported'),
});
`;
}

/**
 * @param {string} name
 * @param {string} body
 */
const testText = (name, body) => `\
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectRefusal, testWorld, type TestWorld } from '../../../../test/support/world.ts';
import ${name} from './${name}.ts';

let aws: TestWorld;
beforeAll(async () => {
  aws = await testWorld();
});
afterAll(() => aws.close());

it('is declared under the name of its file', () => expect(${name}.name).toBe('${name}'));

${body}`;

/** @param {string} name */
const plainTestText = (name) =>
  testText(
    name,
    `it('refuses until it is offered', async () => {
  await expectRefusal(aws.call('${name}'), 'UnsupportedOperation', /${name}/);
});
`,
  );

/**
 * @param {string} name
 * @param {{ list: string | undefined }} members
 */
export const describeTestText = (name, { list }) =>
  testText(
    name,
    `it('lists nothing where nothing was made', async () => {
  expect(await aws.call('${name}')).toEqual({ ${list}: [] });
});

it('refuses filters that it does not have', async () => {
  await expectRefusal(aws.call('${name}', { Filters: [{ Name: 'colour', Values: ['red'] }] }), 'InvalidParameterValue', /colour/);
});
`,
  );

/** @param {string} name such as DescribePlacementGroups */
const sentence = (name) =>
  name
    .replace(/^Describe/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
