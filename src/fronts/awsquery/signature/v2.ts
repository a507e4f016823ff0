import { createHmac } from 'node:crypto';
import { invalidValue, missingParameter, WireError } from '../errors.ts';
import { type Pair, parseForm } from '../form.ts';
import { parseTimestamp } from '../scalar.ts';
import { byNameThenValue, encode } from './canonical.ts';
import { equal } from './equal.ts';
import { outOfTime, wrongSignature } from './refusal.ts';
import { header, type PresentedV2, type SignedRequest } from './request.ts';
import { basicTime, checkTime } from './time.ts';

/** Finds a version 2 signature among the parameters of the query and of the form; undefined when there is none. */
export function identifyV2(request: SignedRequest, form: readonly Pair[] | undefined): PresentedV2 | undefined {
  const query = request.query === '' ? [] : parseForm(request.query);
  const all = [...query, ...(form ?? formOf(request))];
  if (!all.some(([name]) => name === 'AWSAccessKeyId' || name === 'Signature')) return undefined;
  const given = new Map(all);
  const need = (name: string): string => {
    const value = given.get(name);
    if (!value) throw missingParameter(name);
    return value;
  };
  const version = need('SignatureVersion');
  if (version !== '2') throw invalidValue('SignatureVersion', version, 'Only version 2 and version 4 are supported.');
  return {
    kind: 'v2',
    accessKeyId: need('AWSAccessKeyId'),
    sessionToken: given.get('SecurityToken'),
    region: undefined,
    service: undefined,
    method: methodOf(need('SignatureMethod')),
    ...times(given),
    signature: need('Signature'),
    parameters: all.filter(([name]) => name !== 'Signature'),
  };
}

/** Verifies what {@link identifyV2} found. Throws as `verify` says. */
export function verifyV2(
  presented: PresentedV2,
  request: SignedRequest,
  secret: string,
  nowMs: number,
  service: string,
): void {
  checkTimeV2(presented, nowMs, service);
  const host = (header(request, 'host') ?? '').toLowerCase();
  // Some old clients (boto before 2.9.3) sign the host without its port.
  const hosts = /:\d+$/.test(host) ? [host, host.replace(/:\d+$/, '')] : [host];
  const parameters = canonical(presented.parameters);
  for (const one of hosts) {
    const text = `${request.method}\n${one}\n${request.path || '/'}\n${parameters}`;
    const algorithm = presented.method === 'HmacSHA1' ? 'sha1' : 'sha256';
    if (equal(createHmac(algorithm, secret).update(text).digest('base64'), presented.signature)) return;
  }
  throw wrongSignature(service);
}

/** Checks the time of a version 2 signature, or its end. */
export function checkTimeV2(presented: PresentedV2, nowMs: number, service: string): void {
  if (presented.signedAtMs !== undefined) checkTime(service, presented.signedAtMs, nowMs);
  if (presented.expiresAtMs !== undefined) checkEnd(presented.expiresAtMs, nowMs, service);
}

function checkEnd(expiresAtMs: number, nowMs: number, service: string): void {
  if (nowMs > expiresAtMs) {
    throw outOfTime(service, `Signature expired: ${basicTime(expiresAtMs)} is now earlier than ${basicTime(nowMs)}`);
  }
}

function formOf(request: SignedRequest): Pair[] {
  if (request.body.length === 0) return [];
  const type = header(request, 'content-type') ?? 'application/x-www-form-urlencoded';
  return /^application\/x-www-form-urlencoded\b/i.test(type) ? parseForm(request.body) : [];
}

function methodOf(name: string): PresentedV2['method'] {
  if (name === 'HmacSHA1' || name === 'HmacSHA256') return name;
  throw invalidValue('SignatureMethod', name, 'It must be HmacSHA256 or HmacSHA1.');
}

/** A request carries either the time of its signing or its end, never both. */
function times(given: ReadonlyMap<string, string>): Pick<PresentedV2, 'signedAtMs' | 'expiresAtMs'> {
  const timestamp = given.get('Timestamp');
  const expires = given.get('Expires');
  if (timestamp !== undefined && expires !== undefined) {
    throw new WireError(
      'InvalidParameterCombination',
      'The parameter Timestamp cannot be used with the parameter Expires',
    );
  }
  if (timestamp !== undefined) return { signedAtMs: needTime('Timestamp', timestamp), expiresAtMs: undefined };
  if (expires !== undefined) return { signedAtMs: undefined, expiresAtMs: needTime('Expires', expires) };
  throw missingParameter('Timestamp');
}

function needTime(name: string, text: string): number {
  const ms = parseTimestamp(text);
  if (ms === undefined) throw invalidValue(name, text, 'The value must be an ISO 8601 date and time.');
  return ms;
}

function canonical(parameters: readonly Pair[]): string {
  return [...parameters]
    .sort(byNameThenValue)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
}
