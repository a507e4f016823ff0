/** Keeps secrets at rest: what is stored is useless without the server's key file. */
export interface SecretBox {
  seal(text: string): string;
  /** Throws when the text was not sealed with this key. */
  open(sealed: string): string;
}
