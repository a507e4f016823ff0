import { createHash } from 'node:crypto';

/** Randomness, as a port. */
export interface Random {
  /** `digits` lower-case hexadecimal digits. */
  hex(digits: number): string;
  /**
   * 17 lower-case hexadecimal digits for a new id. Those drawn within the same fraction of a second may begin alike: in the
   * order of their ids such things are neighbours, as they are in time.
   */
  id(): string;
  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number;
}

/** A new EC2 id: the prefix, a dash and 17 hexadecimal digits (the long id format, the only one since 2018). */
export const newId = (random: Random, prefix: string): string => `${prefix}-${random.id()}`;

/** The UUID of an instance's machine, the same for ever: its firmware tells it, and it begins as those of EC2's machines do. */
export function machineUuid(instance: string): string {
  const digits = `ec2${createHash('sha256').update(instance).digest('hex')}`;
  return [0, 8, 12, 16, 20].map((from, at) => digits.slice(from, [8, 12, 16, 20, 32][at])).join('-');
}
