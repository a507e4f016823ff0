import type { Migration } from './migration.ts';

const counted = (counter: string, value: string): string =>
  `insert into usage (account, region, name, value) select account, region, id || '/${counter}', ${value} from item` +
  " where kind = 'subnet' and {json} ->> 'usedAddresses' is not null";

/** What is counted of a subnet was in its row, which each launch changed, and is in counters now. */
export const subnetCounters: Migration = {
  version: 2,
  statements: [
    counted('taken', "cast({json} ->> 'usedAddresses' as bigint)"),
    // The search counts from the first address that AWS does not keep, the fifth.
    counted('passed', "cast({json} ->> 'nextOffset' as bigint) - 4"),
  ],
};
