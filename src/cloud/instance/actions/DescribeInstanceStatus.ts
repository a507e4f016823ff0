import {
  DescribeInstanceStatus$,
  type DescribeInstanceStatusRequest,
  type DescribeInstanceStatusResult,
  type InstanceStatus,
} from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import type { Item, ItemQuery } from '../../../ports/store.ts';
import { read } from '../../action/action.ts';
import { compileFilters } from '../../action/filters.ts';
import { checkMaxResults, pageToken, readPageToken } from '../../action/page.ts';
import { probe } from '../../context/probe.ts';
import type { Reading } from '../../context/reading.ts';
import { rowOf } from '../../context/rows.ts';
import { instance } from '../instance.ts';
import { checkNamedIds } from '../namedIds.ts';
import type { InstanceRow } from '../row.ts';
import { instanceStatus, needsHealth, type StatusRow } from '../status.ts';

/** So many instances are read and checked at a time. */
const batch = 100;
/** How many instances one request may name. */
const most = 100;
const pages = { min: 5, max: 1000 };

export default read<DescribeInstanceStatusRequest, DescribeInstanceStatusResult>(DescribeInstanceStatus$, {
  doc: 'Lists the state and the status checks of instances; of running ones, unless all are asked for.',
  async run(cx, input) {
    const limit = checkMaxResults(input.MaxResults, pages);
    const ids = input.InstanceIds ?? [];
    checkNamedIds(ids, most);
    if (ids.length > 0 && limit !== undefined) {
      fail('InvalidParameterCombination', 'The parameter InstanceIds cannot be used with the parameter maxResults');
    }
    const filters = compileFilters(
      instanceStatus,
      input.Filters?.filter((f) => !needsHealth(f.Name ?? '')),
    );
    const afterCheck = compileFilters(
      instanceStatus,
      input.Filters?.filter((f) => needsHealth(f.Name ?? '')),
    );
    if (ids.length > 0) await cx.needAll(instance, [...new Set(ids)]);
    const question = JSON.stringify([
      cx.account,
      cx.region,
      'DescribeInstanceStatus',
      ids,
      input.Filters,
      input.IncludeAllInstances,
    ]);
    const query: ItemQuery = {
      kind: instance.kind,
      region: cx.region,
      account: cx.account,
      ...(ids.length > 0 ? { ids: [...new Set(ids)] } : {}),
      where: [
        ...filters.where,
        ...(input.IncludeAllInstances ? [] : [{ name: 'instance-state-name', values: ['running'] }]),
      ],
    };
    const after = input.NextToken ? readPageToken(cx.world.tokenKey, question, input.NextToken) : 0;
    const passes = (row: StatusRow, test: typeof filters.test) => test === undefined || test(row);
    const page = await collect(
      cx,
      query,
      after,
      limit,
      (row) => passes(row, filters.test),
      (row) => passes(row, afterCheck.test),
    );
    const more = page.next === undefined ? {} : { NextToken: pageToken(cx.world.tokenKey, question, page.next) };
    return { InstanceStatuses: page.statuses, ...more };
  },
});

/** Goes through the instances in order until a page is full. `next` is where the following page goes on. */
async function collect(
  cx: Reading,
  query: ItemQuery,
  start: number,
  limit: number | undefined,
  before: (row: StatusRow) => boolean,
  afterwards: (row: StatusRow) => boolean,
): Promise<{ readonly statuses: InstanceStatus[]; readonly next?: number }> {
  const statuses: InstanceStatus[] = [];
  let after = start;
  let last = start;
  for (;;) {
    const items = await cx.reader.items({ ...query, after, limit: batch });
    const checked = await Promise.all(items.map((item) => check(cx, item, before)));
    for (const [at, row] of checked.entries()) {
      if (row === undefined || !afterwards(row)) continue;
      if (statuses.length === limit) return { statuses, next: last };
      statuses.push(instanceStatus.view(row) as InstanceStatus);
      last = items[at]!.seq;
    }
    if (items.length < batch) return { statuses };
    after = items.at(-1)!.seq;
  }
}

/** Asks the cloud how an instance that passes the first filters is. One that does not run has no status checks. */
async function check(cx: Reading, item: Item, before: (row: StatusRow) => boolean): Promise<StatusRow | undefined> {
  const row = rowOf<InstanceRow>(item);
  const unknown: StatusRow = { ...row, health: { system: 'not-applicable', instance: 'not-applicable' } };
  if (!before(unknown)) return undefined;
  if (row.state !== 'running') return unknown;
  return { ...row, health: await probe(cx, (driver, call) => driver.compute.health(row.id, call)) };
}
