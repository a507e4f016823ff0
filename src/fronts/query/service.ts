import type { Action } from '../../cloud/action/action.ts';
import type { Dialect } from '../awsquery/envelope.ts';
import type { VersionedService } from '../awsquery/version.ts';
import type { LeftOut } from '../awsquery/without.ts';

/** One service that speaks a query protocol: which names it knows, which it performs, and how its answers look. */
export interface QueryService {
  readonly name: VersionedService;
  readonly dialect: (version: string) => Dialect;
  /** What answers of a version do not have, where a client of that time would stumble over it. */
  readonly leftOut?: (version: string) => LeftOut | undefined;
  /** The version assumed where an error must be written before one is known. */
  readonly latest: string;
  /** Every action of the model. */
  readonly model: ReadonlySet<string>;
  /** Those that are implemented. */
  readonly actions: Readonly<Record<string, Action>>;
}
