import { member } from './reading.ts';
import type { Session } from './session.ts';

/** What a provider of resources has: the resources that may be used of it (less what is reserved, times overcommitment). */
export interface ProviderSummary {
  readonly resources: Readonly<Record<string, { readonly capacity: number; readonly used: number }>>;
  readonly root_provider_uuid: string;
}

/** Where there is room, as so many ways to place one thing, and what the hosts of these have. */
export interface Candidates {
  readonly allocation_requests: readonly object[];
  readonly provider_summaries: Readonly<Record<string, ProviderSummary>>;
}

export interface Wanted {
  /** Amounts by resource class: `VCPU`, `MEMORY_MB`, … */
  readonly resources: Readonly<Record<string, number>>;
  /** Hosts of any of these aggregates; with `not`, of none. */
  readonly aggregates?: { readonly uuids: readonly string[]; readonly not?: boolean };
  readonly limit: number;
}

/** For administrators and services. Hosts that are disabled do not count. 1.32 has the negated aggregates (Train). */
export async function candidates(session: Session, wanted: Wanted, signal?: AbortSignal): Promise<Candidates> {
  const { aggregates } = wanted;
  const query = {
    resources: Object.entries(wanted.resources)
      .map(([name, amount]) => `${name}:${amount}`)
      .join(','),
    required: '!COMPUTE_STATUS_DISABLED',
    limit: wanted.limit,
    ...(aggregates && { member_of: `${aggregates.not ? '!' : ''}in:${aggregates.uuids.join(',')}` }),
  };
  const ask = { service: 'placement', method: 'GET', path: '/allocation_candidates', microversion: '1.32' } as const;
  const { body } = await session.ask({ ...ask, query, signal });
  return body as Candidates;
}

/** How many providers an aggregate has, hosts and what is theirs. */
export async function providersIn(session: Session, aggregate: string, signal?: AbortSignal): Promise<number> {
  const ask = { service: 'placement', method: 'GET', path: '/resource_providers', microversion: '1.3' } as const;
  const reply = await session.ask({ ...ask, query: { member_of: `in:${aggregate}` }, signal });
  return member<readonly object[]>(reply, 'placement', 'resource_providers').length;
}
