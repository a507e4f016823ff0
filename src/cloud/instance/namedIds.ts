import { fail } from '../../kernel/errors.ts';

/** Refuses a request that names more instances than one of its action may. */
export function checkNamedIds(ids: readonly string[] | undefined, most: number): void {
  const named = ids?.length ?? 0;
  if (named <= most) return;
  fail(
    'InvalidRequest',
    `${named} exceeds the maximum number of instance IDs that can be specified (${most}). Please specify at most ${most} instance IDs.`,
  );
}
