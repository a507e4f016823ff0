/** What a client may cost before it is known. */
export interface HttpLimits {
  readonly bodyBytes: number;
  /** The request line and the headers together. */
  readonly headerBytes: number;
  /** Time in which a client must have sent its headers, and then its whole request, in milliseconds. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** A connection on which nothing moves is closed after this time; one between two requests after `keepAliveMs`. */
  readonly idleMs: number;
  readonly keepAliveMs: number;
  /** How often the two limits on a request's time are looked at, in milliseconds. */
  readonly checkMs: number;
}

/**
 * The server's own. RunInstances with 16 KiB of user data, in base64 and sent with GET by an old tool, is a request
 * line of some 30 KB; a body is never near a mebibyte. SDKs keep connections for up to a minute.
 */
export const httpLimits: HttpLimits = {
  bodyBytes: 1 << 20,
  headerBytes: 64 * 1024,
  headersMs: 15_000,
  requestMs: 60_000,
  idleMs: 120_000,
  keepAliveMs: 65_000,
  checkMs: 1_000,
};

/** The limits that Node's HTTP server holds by itself, in its words. */
export const serverOptions = (limits: HttpLimits) => ({
  maxHeaderSize: limits.headerBytes,
  headersTimeout: limits.headersMs,
  requestTimeout: limits.requestMs,
  keepAliveTimeout: limits.keepAliveMs,
  connectionsCheckingInterval: limits.checkMs,
});
