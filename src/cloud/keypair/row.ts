import type { Row } from '../../kernel/resource.ts';

/** A key pair; the private half is never stored. Its id is `key-…`, its name is unique in the account and region. */
export interface KeyPairRow extends Row {
  readonly name: string;
  readonly type: 'rsa' | 'ed25519';
  readonly fingerprint: string;
  /** OpenSSH one-line form. */
  readonly publicKey: string;
}
