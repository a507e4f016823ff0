import type { Clock } from '../../ports/clock.ts';
import type { Driver, RegionFacts } from '../../ports/driver.ts';
import type { Random } from '../../ports/ids.ts';
import type { Log } from '../../ports/log.ts';
import type { SecretBox } from '../../ports/secrets.ts';
import type { Lease, OperationRecord, Store } from '../../ports/store.ts';

/** One region as configured: its facts and the cloud behind it. */
export interface Region {
  readonly facts: RegionFacts;
  readonly driver: Driver;
}

/** All that EC2's rules need of the outside: built once by `main`, passed everywhere. */
export interface World {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Regions by name, in the order of DescribeRegions. */
  readonly regions: ReadonlyMap<string, Region>;
  readonly secrets: SecretBox;
  /** Signs page tokens, so that nobody can make one. */
  readonly tokenKey: Uint8Array;
  /** Quotas that differ from the defaults, by name. */
  readonly quotas: Readonly<Record<string, number>>;
  /** Takes operations that a transaction started, leased to this process, once the transaction is durable. */
  readonly worker: WorkerPort;
}

/** The part of the worker that actions need. */
export interface WorkerPort {
  /** A lease of this process for operations that begin or go on at `now` (epoch milliseconds). */
  lease(now: number): Lease;
  accept(started: readonly OperationRecord[]): void;
  /** Calls back when this process has seen the operation to its end, or works no more. Gives what forgets the wish. */
  whenEnded(operation: string, callback: () => void): () => void;
}
