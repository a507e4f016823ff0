import type { Action } from '../../cloud/action/action.ts';

/** The actions whose schema belongs to a service's model. */
export const ofNamespace = (
  actions: Readonly<Record<string, unknown>>,
  namespace: string,
): Readonly<Record<string, Action>> =>
  Object.fromEntries(
    Object.entries(actions as Record<string, Action>).filter(([, action]) => action.schema[1] === namespace),
  );
