import { hostScope } from '../awsquery/signature/host.ts';
import type { SignedRequest } from '../awsquery/signature/request.ts';

/** AWS's way to name regions. A host `ec2.eu-west-9.example.com` does say which region is meant. */
const regionLike = /^[a-z]{2,}(-[a-z]+)+-\d+$/;

/**
 * The region that a request is for. `named` is that of its credential scope. Where none is named, or one that is not
 * configured and was only read off the host's name, as boto 2 does (`0` of 127.0.0.1), the default region is meant.
 * Any other name is given back as it is, for the door to refuse.
 */
export function regionMeant(
  named: string | undefined,
  request: SignedRequest,
  configured: ReadonlyMap<string, unknown>,
  defaultRegion: string,
): string {
  if (named === undefined) return defaultRegion;
  if (configured.has(named)) return named;
  const host = hostScope(request);
  return host?.region === named && !regionLike.test(named) ? defaultRegion : named;
}
