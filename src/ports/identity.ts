/** What a client signed, and how: enough to check a signature for whoever knows the secret. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly signature: string;
  readonly method: string;
  /** As in the header, with the port where the client sent one. */
  readonly host: string;
  /** Raw, without the query. */
  readonly path: string;
  /** Parameters that are signed: those of the query, and in version 2 those of the form too. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, hexadecimal. */
  readonly bodyHash: string;
}

/** A key pair that a user has in the cloud, beside those of the account. */
export interface OwnKeyPair {
  /** `key-…` */
  readonly id: string;
  readonly name: string;
  /** OpenSSH's one line. */
  readonly publicKey: string;
}

/**
 * Who makes a request, as the cloud that proved it lets us act for that user: for the moment, with what the proof gave out,
 * which is in memory alone.
 */
export interface RequestUser {
  /**
   * The user's own key pairs, by name. What was known the last time where the cloud does not answer; throws a DriverError where
   * nothing was.
   */
  keyPairs(): Promise<readonly OwnKeyPair[]>;
}

/** Whose key made a signature. */
export interface Proven {
  /** The cloud's own id of the project that the key acts for. */
  readonly project: string;
  readonly projectName: string;
  readonly user: string;
  /** Where users have things of their own. */
  readonly own?: RequestUser;
}

/** Somebody else who knows the secrets of access keys, such as OpenStack's Keystone. We never see them. */
export interface KeyAuthority {
  /** Undefined: no such key, or not its signature. Throws a DriverError when the authority cannot tell. */
  prove(claim: SignatureClaim): Promise<Proven | undefined>;
}
