// @ts-check
/** What EC2's model, as the SDK carries it, says about an action. */
import * as sdk from '@aws-sdk/client-ec2';
import { WrongArguments } from './names.js';

/** @typedef {readonly [kind: number, namespace: string, name: string, traits: unknown, members: string[], of: unknown[]]} Structure */

/**
 * @param {string} action
 * @returns {{ input: Structure, output: Structure } | undefined} undefined when the model has no such action
 */
export function modelOf(action) {
  const schema = /** @type {Record<string, unknown>} */ (sdk)[`${action}$`];
  if (!Array.isArray(schema) || schema[0] !== 9) return undefined;
  const [input, output] = schema.slice(4).map((part) => (typeof part === 'function' ? part() : part));
  return { input, output };
}

/**
 * @param {string} action
 * @returns {{ input: Structure, output: Structure }}
 */
export function needModel(action) {
  const model = modelOf(action);
  if (model) return model;
  const near = Object.keys(sdk)
    .filter((name) => name.endsWith('$') && modelOf(name.slice(0, -1)))
    .map((name) => name.slice(0, -1))
    .filter((name) =>
      name.toLowerCase().includes(action.toLowerCase().replace(/^(create|delete|describe|modify)|s$/g, '')),
    );
  const hint = near.length > 0 && near.length < 20 ? ` It has ${near.join(', ')}.` : '';
  throw new WrongArguments(`EC2's model has no action ${action}.${hint}`);
}

/**
 * Members of a structure.
 * @param {Structure} structure
 */
export const membersOf = (structure) => structure[4] ?? [];

/**
 * Whether the model has a structure of this name.
 * @param {string} name
 * @returns {Structure | undefined}
 */
export function structureOf(name) {
  const schema = /** @type {Record<string, unknown>} */ (sdk)[`${name}$`];
  return Array.isArray(schema) && schema[0] === 3
    ? /** @type {Structure} */ (/** @type {unknown} */ (schema))
    : undefined;
}
