import { hash } from 'node:crypto';
import { canonicalRequest } from './canonical.ts';
import { equal } from './equal.ts';
import { hostScope } from './host.ts';
import { signingKey } from './keys.ts';
import { incomplete, wrongScope, wrongSignature } from './refusal.ts';
import { header, type Presented, type PresentedV4, type SignedRequest } from './request.ts';
import { checkTime } from './time.ts';
import { checkTimeV2, verifyV2 } from './v2.ts';

const EMPTY = hash('sha256', '', 'hex');

/**
 * Verifies a signature that `identify` found in the same request. Returns when `secret` made it, over this very request,
 * for `service` (the one that the request is for: `ec2`, `sts`, …), at about `nowMs` (milliseconds since 1970).
 *
 * Throws otherwise, with the service's own codes (`refusal.ts`): EC2 `AuthFailure` (401) and `RequestExpired` (400), STS
 * `SignatureDoesNotMatch` (403); `IncompleteSignature` (400) when the host is not signed. The region of the scope is the caller's to check.
 */
export function verify(
  presented: Presented,
  request: SignedRequest,
  secret: string,
  nowMs: number,
  service: string,
): void {
  if (presented.kind === 'v2') verifyV2(presented, request, secret, nowMs, service);
  else verifyV4(presented, request, secret, nowMs, service);
}

/**
 * Checks everything of a signature but that the secret made it, which is left to one who knows the secret. Gives the text
 * that stands for the body. Throws as `verify` does.
 */
export function checkClaim(presented: Presented, request: SignedRequest, nowMs: number, service: string): string {
  if (presented.kind === 'v2') {
    checkTimeV2(presented, nowMs, service);
    return EMPTY;
  }
  return checkClaimV4(presented, request, nowMs, service);
}

function verifyV4(
  presented: PresentedV4,
  request: SignedRequest,
  secret: string,
  nowMs: number,
  service: string,
): void {
  const body = checkClaimV4(presented, request, nowMs, service);
  const { date, region, signedAt } = presented;
  const canonical = canonicalRequest(presented, request, body);
  const scope = `${date}/${region}/${presented.service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${signedAt}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
  const sign = signingKey(secret, date, region, presented.service);
  if (!equal(sign(text), presented.signature)) throw wrongSignature(service);
}

function checkClaimV4(presented: PresentedV4, request: SignedRequest, nowMs: number, service: string): string {
  checkScope(presented, request, service);
  const lifetime = presented.expiresIn === undefined ? undefined : presented.expiresIn * 1000;
  checkTime(service, presented.signedAtMs, nowMs, lifetime);
  if (!presented.signedHeaders.includes('host'))
    throw incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.");
  return bodyHash(request, service);
}

function checkScope(presented: PresentedV4, request: SignedRequest, service: string): void {
  if (presented.terminator !== 'aws4_request') {
    throw wrongScope(service, "Credential should be scoped with a valid terminator: 'aws4_request'.");
  }
  // The host is signed too: a client that read the service off its name means this one.
  if (presented.service !== service && presented.service !== hostScope(request)?.service) {
    throw wrongScope(service, `Credential should be scoped to correct service: '${service}'.`);
  }
  if (!presented.signedAt.startsWith(presented.date) || presented.date.length !== 8) {
    throw wrongScope(
      service,
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.',
    );
  }
}

/**
 * The text that stands for the body in the canonical request: always the hash of the body that came. Where the client says what it hashed,
 * it must be this; `UNSIGNED-PAYLOAD` is taken only where there is no body to protect.
 */
function bodyHash(request: SignedRequest, service: string): string {
  const actual = request.body.length === 0 ? EMPTY : hash('sha256', request.body, 'hex');
  const said = header(request, 'x-amz-content-sha256');
  if (said === undefined || said === actual) return actual;
  if (said === 'UNSIGNED-PAYLOAD' && request.body.length === 0) return said;
  throw wrongSignature(service);
}
