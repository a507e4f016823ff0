/** Randomness, as a port. */
export interface Random {
  /** `digits` lower-case hexadecimal digits. */
  hex(digits: number): string;
  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number;
}

/** A new EC2 id: the prefix, a dash and 17 hexadecimal digits (the long id format, the only one since 2018). */
export const newId = (random: Random, prefix: string): string => `${prefix}-${random.hex(17)}`;
