import { hash } from 'node:crypto';
import { DriverError } from '../../ports/driver.ts';
import type { KeyAuthority, Proven, SignatureClaim } from '../../ports/identity.ts';
import { quoted, WireError } from '../awsquery/errors.ts';
import { notSigned, wrongScope, wrongSignature, wrongToken } from '../awsquery/signature/refusal.ts';
import { header, type Presented, type SignedRequest } from '../awsquery/signature/request.ts';
import { checkClaim } from '../awsquery/signature/verify.ts';
import type { Authenticate } from './authenticate.ts';

/** Answers of the authority are kept for this long, in milliseconds: a key that is revoked there is useless here after it. */
const keptMs = 5_000;
const most = 1_000;

/** Who knows the secrets of a region's keys, and whose account a key is. */
export interface Delegate {
  readonly authority: KeyAuthority;
  readonly accountOf: (proven: Proven) => Promise<string>;
}

interface Kept {
  readonly until: number;
  readonly proven: Promise<Proven | undefined>;
}

/**
 * `keystone` mode: another knows the secrets, and is asked who signed. Everything else about a signature is checked here
 * as always. The very same request, sent again within a few seconds, is not asked about again.
 *
 * @param delegateOf by the region that the signature names; undefined for a region where nobody can be asked
 */
export function delegatedDoor(delegateOf: (region: string | undefined) => Delegate | undefined): Authenticate {
  const kept = new Map<string, Kept>();
  const ask = (
    authority: KeyAuthority,
    region: string | undefined,
    claim: SignatureClaim,
    nowMs: number,
  ): Promise<Proven | undefined> => {
    // All that the authority looks at: a signature seen before on another request proves nothing for this one.
    const key = hash('sha256', JSON.stringify([region, claim]));
    const known = kept.get(key);
    if (known !== undefined && known.until > nowMs) return known.proven;
    if (kept.size >= most) kept.clear();
    const proven = authority.prove(claim);
    kept.set(key, { until: nowMs + keptMs, proven });
    // What could not be told is asked again.
    proven.catch(() => kept.delete(key));
    return proven;
  };
  return async (presented, request, service, nowMs) => {
    if (presented === undefined) throw notSigned(service);
    if (presented.sessionToken !== undefined) throw wrongToken(service);
    const bodyHash = checkClaim(presented, request, nowMs, service);
    const { region } = presented;
    const delegate = delegateOf(region);
    if (delegate === undefined)
      throw wrongScope(service, `Nobody knows the keys of the region '${quoted(region ?? '')}'.`);
    const claim = claimOf(presented, request, bodyHash);
    const proven = await ask(delegate.authority, region, claim, nowMs).catch(unreachable);
    if (proven === undefined) throw wrongSignature(service);
    const account = await delegate.accountOf(proven);
    return { account, accessKeyId: presented.accessKeyId, region, ...(proven.own && { user: proven.own }) };
  };
}

function claimOf(presented: Presented, request: SignedRequest, bodyHash: string): SignatureClaim {
  const { accessKeyId, signature } = presented;
  const signed = presented.kind === 'v2' ? presented.parameters : presented.query;
  return {
    accessKeyId,
    signature,
    method: request.method,
    host: header(request, 'host') ?? '',
    path: request.path === '' ? '/' : request.path,
    parameters: Object.fromEntries(signed),
    headers: Object.fromEntries(Object.keys(request.headers).map((name) => [name, header(request, name) ?? ''])),
    bodyHash,
  };
}

function unreachable(error: unknown): never {
  if (!(error instanceof DriverError)) throw error;
  throw new WireError('Unavailable', 'The identity service of the cloud cannot be reached at the moment.', 503);
}
