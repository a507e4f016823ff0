/** The parts of an HTTP request that a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** Raw, as on the request line, without the query. */
  readonly path: string;
  /** Raw, without its `?`; empty when there is none. */
  readonly query: string;
  /** Lower-case names, as Node gives them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * Who says to have signed a request, and how: what {@link identify} found, not yet verified.
 *
 * `region` and `service` are those of the credential scope of a version 4 signature.
 */
export type Presented = PresentedV4 | PresentedV2;

export interface PresentedV4 {
  readonly kind: 'v4-header' | 'v4-query';
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  /** `20150830`, of the credential scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** The last part of the credential scope; only `aws4_request` is right. */
  readonly terminator: string;
  /** When the client signed, `20150830T123600Z`. */
  readonly signedAt: string;
  /** The same in milliseconds since 1970. */
  readonly signedAtMs: number;
  /** Seconds for which a presigned URL is good; undefined for a header. */
  readonly expiresIn: number | undefined;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** The parameters of the query, decoded. */
  readonly query: readonly (readonly [string, string])[];
}

export interface PresentedV2 {
  readonly kind: 'v2';
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly region: undefined;
  readonly service: undefined;
  readonly method: 'HmacSHA1' | 'HmacSHA256';
  /** When the client signed, in milliseconds since 1970; undefined when it gave an end instead. */
  readonly signedAtMs: number | undefined;
  /** When the request ends to be good, in milliseconds since 1970. */
  readonly expiresAtMs: number | undefined;
  readonly signature: string;
  /** The parameters that are signed: all but the signature. */
  readonly parameters: readonly (readonly [string, string])[];
}

/** The values of a header. The name may be a client's: only the object's own names count, never `constructor`. */
export function headerValues(request: SignedRequest, name: string): readonly string[] {
  const value = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined;
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** A header's value; several of one name are joined by commas. Undefined when there is none. */
export function header(request: SignedRequest, name: string): string | undefined {
  const values = headerValues(request, name);
  return values.length === 0 ? undefined : values.join(',');
}
