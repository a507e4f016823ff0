/**
 * Which actions each client really called: read from the server's own log, never from a list of ours.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complete, notOnSimulator, programs } from '../programs.js';

const registry = join(import.meta.dirname, '..', '..', '..', 'src', 'cloud', 'registry.ts');
const table = join(import.meta.dirname, 'table.md');

/** @returns {readonly string[]} names of all actions that the server implements, sorted */
export function actionNames() {
  const [, members = ''] = /export const actions = \{([^}]*)\}/.exec(readFileSync(registry, 'utf8')) ?? [];
  const names = [...members.matchAll(/^\s*(\w+),$/gm)].map(([, name]) => name);
  if (names.length === 0) throw new Error(`no action was found in ${registry}`);
  return names.sort();
}

/**
 * @typedef {{ action: string, account?: string, status: number, code?: string }} Request
 * @typedef {Map<string, Map<string, { done: number, refused: number, unsupported: number }>>} Calls by action, then by client
 */

/**
 * @param {readonly Request[]} requests
 * @param {ReadonlyMap<string, string>} clientOf client by account id
 * @returns {Calls}
 */
export function countCalls(requests, clientOf) {
  /** @type {Calls} */
  const calls = new Map();
  for (const { action, account, status, code } of requests) {
    const client = clientOf.get(account ?? '');
    if (client === undefined) continue;
    const byClient = calls.get(action) ?? new Map();
    const count = byClient.get(client) ?? { done: 0, refused: 0, unsupported: 0 };
    if (status < 300) count.done += 1;
    else if (code === 'UnsupportedOperation') count.unsupported += 1;
    else count.refused += 1;
    calls.set(action, byClient.set(client, count));
  }
  return calls;
}

/**
 * An action counts as called when it succeeded at least once: a refusal shows only that its name is known. What the simulator
 * cannot do must have been refused as unsupported.
 * @param {Calls} calls
 * @param {readonly string[]} actions
 * @returns {readonly (readonly [client: string, missing: readonly string[]])[]}
 */
export function missingCalls(calls, actions) {
  return complete.map((client) => [
    client,
    actions.filter((action) => {
      const { done = 0, unsupported = 0 } = calls.get(action)?.get(client) ?? {};
      return (action in notOnSimulator ? unsupported : done) === 0;
    }),
  ]);
}

/**
 * Writes coverage/table.md: a mark where a client's call succeeded. Numbers of calls are left out, because waiting makes
 * them differ from run to run.
 * @param {Calls} calls
 * @param {readonly string[]} actions
 */
export function writeTable(calls, actions) {
  const clients = [...new Set(programs.map(({ client }) => client))];
  const row = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const marks = (/** @type {string} */ action) =>
    clients.map((client) => ((calls.get(action)?.get(client)?.done ?? 0) > 0 ? '✓' : ''));
  const called = clients.map((client) =>
    String(actions.filter((action) => (calls.get(action)?.get(client)?.done ?? 0) > 0).length),
  );
  const lines = [
    '# Actions that each client calls',
    '',
    'Written by `npm run test:clients` from the log of the server: a mark means that a call succeeded.',
    '',
    row(['Action', ...clients]),
    row(['---', ...clients.map(() => '---')]),
    ...actions.map((action) => row([action, ...marks(action)])),
    row([`${actions.length} actions`, ...called]),
    '',
    ...Object.entries(notOnSimulator).map(([action, why]) => `${action} is refused as unsupported here: ${why}.`),
    '',
  ];
  writeFileSync(table, lines.join('\n'));
}
