/**
 * A bounded memory of bytes by key. Two generations: what was not asked for while one generation filled up is let go,
 * so a look-up and an insertion cost one map access each, whatever the size.
 */
export class Kept<Key, Value> {
  readonly #bytesOf: (value: Value) => number;
  readonly #half: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();
  #bytes = 0;

  constructor(maxBytes: number, bytesOf: (value: Value) => number) {
    this.#half = maxBytes / 2;
    this.#bytesOf = bytesOf;
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.#old.delete(key);
      this.set(key, old);
    }
    return old;
  }

  set(key: Key, value: Value): void {
    const bytes = this.#bytesOf(value);
    if (bytes > this.#half) return;
    if (this.#bytes + bytes > this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = 0;
    }
    const before = this.#young.get(key);
    this.#young.set(key, value);
    this.#bytes += bytes - (before === undefined ? 0 : this.#bytesOf(before));
  }
}
