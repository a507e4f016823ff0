import { quoted } from '../errors.ts';
import { type Pair, parseForm } from '../form.ts';
import { incomplete } from './refusal.ts';
import { header, type Presented, type PresentedV4, type SignedRequest } from './request.ts';
import { basicTime, parseBasicTime } from './time.ts';
import { identifyV2 } from './v2.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Longest life of a presigned URL, in seconds: a week, as AWS has it. */
const LONGEST = 604_800;
/** Life of a presigned URL that names none. */
const ORDINARY = 900;

/**
 * Finds who signed a request and how, without verifying it: a version 4 signature in the `Authorization` header or in the
 * query (presigned), or a version 2 signature in the query or the form. Undefined when nothing is signed.
 *
 * `form`: the parameters of the body, where the caller has parsed them already; otherwise a form body is parsed when it is needed.
 * Throws `IncompleteSignature` when a part is missing or cannot be read (400), `MissingParameter` and
 * `InvalidParameterValue` for the parameters of version 2 and of presigned URLs, `MalformedQueryString`.
 */
export function identify(request: SignedRequest, form?: readonly Pair[]): Presented | undefined {
  const authorization = header(request, 'authorization');
  if (authorization !== undefined) return fromHeader(authorization, request);
  if (request.query.includes('X-Amz-Algorithm=')) return fromQuery(parseForm(request.query));
  return identifyV2(request, form);
}

function fromHeader(authorization: string, request: SignedRequest): PresentedV4 {
  const claim = claimOf(authorization);
  const { accessKeyId, date, region, service, terminator, signedHeaders } = claim;
  const { signedAt, signedAtMs } = timeOf(request);
  // Member by member: to spread two objects into a third takes ten times as long, for each request.
  return {
    kind: 'v4-header',
    accessKeyId,
    date,
    region,
    service,
    terminator,
    signedHeaders,
    signedAt,
    signedAtMs,
    sessionToken: header(request, 'x-amz-security-token'),
    expiresIn: undefined,
    signature: claim.signature ?? authorization.slice(-SIGNATURE),
    query: request.query === '' ? [] : parseForm(request.query),
  };
}

/** Digits of a signature. */
const SIGNATURE = 64;

/** What an Authorization header says. One that is kept says nothing of the signature. */
type Claim = ReturnType<typeof scopeOf> &
  Pick<PresentedV4, 'signedHeaders'> & { readonly signature: string | undefined };

/** Claims by the header's text up to its signature: a client's requests of a day differ only in that. */
const claims = new Map<string, Claim>();
/** Most claims kept: texts are the clients'. */
const MOST = 1_000;

/** The one that was looked up last: most requests come one after another from one client. */
let last: { readonly text: string; readonly claim: Claim } | undefined;

function claimOf(authorization: string): Claim {
  const kept = authorization.length - SIGNATURE;
  if (last?.text.length === kept && authorization.startsWith(last.text) && /[0-9a-f]{64}$/.test(authorization))
    return last.claim;
  const text = authorization.slice(0, Math.max(0, kept));
  const known = claims.get(text);
  if (known !== undefined && /[0-9a-f]{64}$/.test(authorization)) {
    last = { text, claim: known };
    return known;
  }
  const claim = readClaim(authorization);
  if (!text.endsWith('Signature=') || claim.signature !== authorization.slice(kept)) return claim;
  if (claims.size >= MOST) claims.clear();
  claims.set(text, { ...claim, signature: undefined });
  return claim;
}

function readClaim(authorization: string): Claim {
  const space = authorization.indexOf(' ');
  const algorithm = space < 0 ? authorization : authorization.slice(0, space);
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm': '${quoted(algorithm)}'.`);
  const parts = new Map<string, string>();
  for (const part of authorization.slice(algorithm.length).split(',')) {
    const equals = part.indexOf('=');
    if (equals < 0)
      throw incomplete(`The Authorization header has a part without an equal-sign: '${quoted(part.trim())}'.`);
    const name = part.slice(0, equals).trim();
    // Twice, it could be read in two ways.
    if (parts.has(name)) throw incomplete(`The Authorization header has the parameter ${quoted(name)} more than once.`);
    parts.set(name, part.slice(equals + 1).trim());
  }
  const need = (name: string): string => {
    const value = parts.get(name);
    if (!value) throw incomplete(`Authorization header requires '${name}' parameter.`);
    return value;
  };
  return {
    ...scopeOf(need('Credential')),
    signedHeaders: headerNames(need('SignedHeaders')),
    signature: need('Signature'),
  };
}

function fromQuery(pairs: readonly Pair[]): PresentedV4 {
  const given = new Map(pairs);
  if (given.size !== pairs.length) refuseTwice(pairs);
  const need = (name: string): string => {
    const value = given.get(name);
    if (!value) throw incomplete(`AWS query-string parameters must include '${name}'.`);
    return value;
  };
  const algorithm = need('X-Amz-Algorithm');
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm': '${quoted(algorithm)}'.`);
  const signedAt = need('X-Amz-Date');
  return {
    kind: 'v4-query',
    ...scopeOf(need('X-Amz-Credential')),
    signedAt,
    signedAtMs: needTime(signedAt),
    sessionToken: given.get('X-Amz-Security-Token'),
    expiresIn: lifetime(given.get('X-Amz-Expires')),
    signedHeaders: headerNames(need('X-Amz-SignedHeaders')),
    signature: need('X-Amz-Signature'),
    query: pairs,
  };
}

/** A part of the signature given twice could be read in two ways. */
function refuseTwice(pairs: readonly Pair[]): void {
  const seen = new Set<string>();
  for (const [name] of pairs) {
    if (seen.has(name) && name.startsWith('X-Amz-'))
      throw incomplete(`The parameter ${quoted(name)} occurs more than once.`);
    seen.add(name);
  }
}

function lifetime(text: string | undefined): number {
  if (text === undefined) return ORDINARY;
  const seconds = Number(text);
  if (/^\d{1,6}$/.test(text) && seconds >= 1 && seconds <= LONGEST) return seconds;
  throw incomplete(`X-Amz-Expires must be a number of seconds from 1 to ${LONGEST}.`);
}

function scopeOf(credential: string): Pick<PresentedV4, 'accessKeyId' | 'date' | 'region' | 'service' | 'terminator'> {
  const parts = credential.split('/');
  const [date, region, service, terminator] = parts.slice(-4) as [string, string, string, string];
  const accessKeyId = parts.slice(0, -4).join('/');
  if (accessKeyId === '') {
    throw incomplete('Credential must have at least 5 slash-delimited elements: key/date/region/service/aws4_request.');
  }
  return { accessKeyId, date, region, service, terminator };
}

/** The time of signing: `X-Amz-Date`, or `Date` in either form. */
function timeOf(request: SignedRequest): Pick<PresentedV4, 'signedAt' | 'signedAtMs'> {
  const own = header(request, 'x-amz-date');
  if (own !== undefined) return { signedAt: own, signedAtMs: needTime(own) };
  const date = header(request, 'date');
  if (date === undefined)
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  const basic = parseBasicTime(date);
  if (basic !== undefined) return { signedAt: date, signedAtMs: basic };
  const ms = Date.parse(date);
  if (Number.isNaN(ms)) throw incomplete(`The date '${quoted(date)}' is not valid.`);
  return { signedAt: basicTime(ms), signedAtMs: ms };
}

function needTime(text: string): number {
  const ms = parseBasicTime(text);
  if (ms === undefined) throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${quoted(text)}'.`);
  return ms;
}

/** A name twice would let a small request ask for a large hash. */
function headerNames(text: string): string[] {
  const names = text.split(';').map((name) => name.toLowerCase());
  if (new Set(names).size !== names.length || names.includes(''))
    throw incomplete('SignedHeaders must name each header once.');
  return names;
}
