import type { Action } from '../../src/cloud/action/action.ts';
import { actions } from '../../src/cloud/registry.ts';
import { ec2 } from '../../src/fronts/ec2/service.ts';
import type { QueryService } from '../../src/fronts/query/service.ts';
import { sts } from '../../src/fronts/sts/service.ts';
import { page, table } from './table.ts';

const sorted = (): readonly Action[] =>
  (Object.values(actions) as unknown as Action[]).toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** The actions that are offered. */
export const actionsPage = (): string =>
  page(
    'Actions',
    'Every action takes `DryRun` where EC2’s does. *Repeats* names the parameter that makes a repeated request one request.',
    table(
      ['Action', 'What it does', 'Changes things', 'Repeats'],
      sorted().map((a) => [
        a.name,
        a.doc,
        a.mode === 'write' ? 'yes' : '',
        a.mode === 'write' ? (a.idempotent ?? '') : '',
      ]),
    ),
  );

/** Every action of the models with its status. */
export const coveragePage = (): string =>
  page(
    'Coverage',
    'Every action in the models of the services, and whether this server performs it. The others answer `UnsupportedOperation`; names outside the model answer `InvalidAction`.',
    ...[ec2, sts].map(coverageOf),
  );

function coverageOf(service: QueryService): string {
  const done = [...service.model].filter((name) => Object.hasOwn(service.actions, name));
  const rows = [...service.model].map((name) => [
    name,
    Object.hasOwn(service.actions, name) ? 'performed' : 'UnsupportedOperation',
  ]);
  return `## ${service.name.toUpperCase()}: ${done.length} of ${service.model.size}\n\n${table(['Action', 'Status'], rows)}`;
}
