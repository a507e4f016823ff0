import { header, type SignedRequest } from './request.ts';

/**
 * What old clients read off the name of the host that they ask, because AWS's own hosts are named `SERVICE.REGION.…`:
 * boto 2 signs for service `127` in region `0` when it asks 127.0.0.1, and for `localhost` in `localhost`
 * (boto's `determine_service_name` and `determine_region_name`). Undefined without a Host header.
 */
export interface HostScope {
  readonly service: string;
  readonly region: string;
}

export function hostScope(request: SignedRequest): HostScope | undefined {
  const host = header(request, 'host')?.replace(/:\d*$/, '');
  if (host === undefined || host === '') return undefined;
  const [service, region] = host.split('.');
  return { service: service!, region: region ?? service! };
}
