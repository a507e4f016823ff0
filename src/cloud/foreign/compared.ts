import type { Resource, Row } from '../../kernel/resource.ts';
import type { Changes } from '../../ports/foreign.ts';
import type { Writing } from '../context/writing.ts';
import type { Unsettled } from './adopter.ts';

/** What a feed tells, against the account's rows of the same kind; what is unsettled is left out. */
export interface Compared<T, R extends Row> {
  /** Things that are there, each with its row where there is one. */
  readonly there: readonly (readonly [thing: T, row: R | undefined])[];
  /** Rows of things that are gone. */
  readonly ended: readonly R[];
}

/** Compares them. Where not everything is told, only what is said to be gone is gone. */
export async function compared<T extends { readonly id: string }, R extends Row>(
  tx: Writing,
  resource: Resource<R>,
  { whole, things, gone, unsure = [] }: Changes<T>,
  unsettled: Unsettled,
): Promise<Compared<T, R>> {
  const rows = new Map((await tx.where(resource, {})).map((row) => [row.id, row]));
  const told = new Set([...things.map(({ id }) => id), ...unsure]);
  const ended = (whole ? [...rows.keys()].filter((id) => !told.has(id)) : gone).flatMap((id) => rows.get(id) ?? []);
  const leave = await unsettled([...told, ...ended.map(({ id }) => id)]);
  return {
    there: things.filter(({ id }) => !leave.has(id)).map((thing) => [thing, rows.get(thing.id)] as const),
    ended: ended.filter(({ id }) => !leave.has(id)),
  };
}
