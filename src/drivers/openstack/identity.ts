import type { KeyAuthority, SignatureClaim } from '../../ports/identity.ts';
import { ec2tokens, type SignedRequest } from './rest/keystone.ts';
import type { Session } from './rest/session.ts';
import type { UserKeys } from './userKeys.ts';

/**
 * Keystone, as the one who knows the secrets of EC2 credentials.
 *
 * @param session of a user that may ask: with the role `service` or `admin`
 * @param userKeys asks with the token that Keystone gives out for a signature, which is the signer's own
 */
export const createKeyAuthority = (session: Session, userKeys: UserKeys): KeyAuthority => ({
  async prove(claim) {
    const signed = signedRequest(claim);
    if (signed === undefined) return undefined;
    const answer = await ec2tokens(session, signed);
    if (!answer.known) return undefined;
    const { projectId: project, projectName, userName: user, userId, token } = answer;
    return { project, projectName, user, own: { keyPairs: () => userKeys(userId, session.withToken(token)) } };
  },
});

/**
 * A claim in the form that Keystone wants; undefined for one that it would check otherwise than the claim was made.
 * Keystone (keystoneclient.contrib.ec2.utils) chooses the version by the parameters before it looks at the header, and of
 * a POST of version 4 it leaves out the query: whatever stands there would be believed unsigned.
 */
export function signedRequest(claim: SignatureClaim): SignedRequest | undefined {
  const { accessKeyId: access, signature, method: verb, host, path, headers } = claim;
  const authorization = headers.authorization;
  const presigned = authorization === undefined && Object.hasOwn(claim.parameters, 'X-Amz-Algorithm');
  if (authorization === undefined && !presigned) {
    const { SignatureVersion: version, SignatureMethod: hashed } = claim.parameters;
    // Keystone computes SHA-256, whatever is said.
    if (version !== '2' || hashed !== 'HmacSHA256') return undefined;
    // Version 2 signs the name of the host in lower case.
    return { access, signature, host: host.toLowerCase(), verb, path, params: claim.parameters };
  }
  if (authorization !== undefined && !isPlain(authorization)) return undefined;
  const { 'X-Amz-Signature': _, ...params } = claim.parameters;
  if (Object.hasOwn(params, 'SignatureVersion')) return undefined;
  if (verb.toUpperCase() === 'POST' && Object.keys(params).length > 0) return undefined;
  const sent = presigned ? signedOnly(headers, params['X-Amz-SignedHeaders'] ?? '') : withTime(headers);
  return sent && { access, signature, host, verb, path, params, headers: sent, body_hash: claim.bodyHash };
}

/** Each part once: of two Keystone takes the first, and whoever made the claim may have gone by the other. */
function isPlain(authorization: string): boolean {
  const parts = authorization.match(/\b(Credential|SignedHeaders|Signature)=/g) ?? [];
  return parts.length === 3 && new Set(parts).size === 3;
}

/** Headers of a presigned URL: an unsigned X-Amz-Date among them would stand in for the time in the query. */
function signedOnly(headers: SignatureClaim['headers'], names: string): SignatureClaim['headers'] {
  const signed = new Set(names.split(';'));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => signed.has(name)));
}

/** Keystone knows the time of signing only as X-Amz-Date. Version 4 lets a client say it as `Date`, too. */
function withTime(headers: SignatureClaim['headers']): SignatureClaim['headers'] | undefined {
  if (headers['x-amz-date'] !== undefined) return headers;
  const text = headers.date ?? '';
  if (/^\d{8}T\d{6}Z$/.test(text)) return { ...headers, 'x-amz-date': text };
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  return { ...headers, 'x-amz-date': new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '') };
}
