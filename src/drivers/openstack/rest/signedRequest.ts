/** A signed request of EC2's Query API, as the services send it to Keystone to be checked (`POST /v3/ec2tokens`). */
export interface SignedRequest {
  readonly access: string;
  readonly signature: string;
  /** As the client wrote it, with the port where it wrote one. */
  readonly host: string;
  readonly verb: string;
  /** The path that was signed. */
  readonly path: string;
  /** Versions 0 to 2: all parameters but Signature. Version 4: those of the query string alone, decoded, less X-Amz-Signature. */
  readonly params: Readonly<Record<string, string>>;
  /** Version 4: at least the signed headers and Authorization; names in any case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Version 4: SHA-256 of the body, in hexadecimal. */
  readonly body_hash?: string;
}

/** Keystone looks for these two headers in this spelling only (keystoneclient.contrib.ec2.utils). */
const spelling: Readonly<Record<string, string>> = { authorization: 'Authorization', 'x-amz-date': 'X-Amz-Date' };

/** The request as Keystone can read it. */
export const inKeystonesWords = (signed: SignedRequest): SignedRequest => ({
  ...signed,
  headers: Object.fromEntries(
    Object.entries(signed.headers ?? {}).map(([name, value]) => [spelling[name.toLowerCase()] ?? name, value]),
  ),
});

/**
 * Why Keystone could not check this, or undefined. Its signer raises bare exceptions for a form that it does not know,
 * which end as a 500 or as a connection without an answer: trouble of the cloud, where only the client is wrong.
 */
export function whyUncheckable({ signature, params, headers = {}, body_hash }: SignedRequest): string | undefined {
  if (signature === '') return 'no signature';
  const version = params.SignatureVersion;
  if (version === '0') return params.Action && params.Timestamp ? undefined : 'no Action or Timestamp';
  if (version === '1' || version === '2') return undefined;
  const authorization = headers.Authorization;
  if (authorization === undefined) {
    const { 'X-Amz-Algorithm': algorithm, 'X-Amz-Credential': credential, 'X-Amz-Date': date } = params;
    if (algorithm !== 'AWS4-HMAC-SHA256') return 'an unknown form of signature';
    return whyNotVersion4(credential, params['X-Amz-SignedHeaders'], headers['X-Amz-Date'] ?? date, body_hash);
  }
  if (!authorization.startsWith('AWS4-HMAC-SHA256')) return 'an unknown form of signature';
  // Read as Keystone reads it: what follows `NAME=`, up to a comma.
  const part = (name: string) => authorization.split(`${name}=`)[1]?.split(',')[0];
  const date = headers['X-Amz-Date'] ?? params['X-Amz-Date'];
  return whyNotVersion4(part('Credential'), part('SignedHeaders'), date, body_hash);
}

function whyNotVersion4(
  credential: string | undefined,
  signedHeaders: string | undefined,
  date: string | undefined,
  bodyHash: string | undefined,
): string | undefined {
  const [, day, region, service] = credential?.split('/') ?? [];
  if (!day || !region || !service) return 'no credential scope';
  if (!signedHeaders) return 'no signed headers';
  if (date === undefined) return 'no X-Amz-Date';
  if (!date.startsWith(day)) return 'an X-Amz-Date of another day than the credential scope';
  return bodyHash === undefined ? 'no hash of the body' : undefined;
}
