/** The sentence EC2 answers with for any public key that it cannot take: garbled, of another algorithm, of another length. */
const notOpenSsh = 'Key is not in valid OpenSSH public key format';

/**
 * Key material that EC2 would refuse. It carries a message for the client and nothing else; who calls decides on the
 * error code (ImportKeyPair: `InvalidKey.Format`).
 */
export class KeyFormatError extends Error {
  override readonly name = 'KeyFormatError';

  /** @param message what the client reads; EC2's one sentence unless told otherwise */
  constructor(message: string = notOpenSsh) {
    super(message);
  }
}
