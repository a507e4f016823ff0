import { createHash } from 'node:crypto';

/**
 * The EC2 id of something that the cloud had before us, or that others made there: `vpc-` and 17 hexadecimal digits that
 * come of the cloud's own id, so that the same thing has the same id for ever, in every process and without being stored.
 * `part` tells several things apart that EC2 has and the cloud has not, such as one subnet in several zones.
 */
export function idOf(prefix: string, native: string, part = ''): string {
  const text = part === '' ? native : `${native}/${part}`;
  return `${prefix}-${createHash('sha256').update(text).digest('hex').slice(0, 17)}`;
}
