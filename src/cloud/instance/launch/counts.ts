import { fail, invalid, missing } from '../../../kernel/errors.ts';

/** One request makes at most so many instances, so that one answer stays of a size that clients read. */
export const largestLaunch = 10_000;

export interface Counts {
  readonly min: number;
  readonly max: number;
}

/** How many instances a request asks for at least and at most. */
export function readCounts(input: { readonly MinCount?: number; readonly MaxCount?: number }): Counts {
  const min = input.MinCount ?? missing('MinCount');
  const max = input.MaxCount ?? missing('MaxCount');
  if (min < 1) invalid(min, 'minCount', 'It must be greater than zero.');
  if (max < 1) invalid(max, 'maxCount', 'It must be greater than zero.');
  if (max < min) invalid(max, 'maxCount', 'It must be equal to or greater than minCount.');
  if (min > largestLaunch) {
    fail(
      'InstanceLimitExceeded',
      `You have requested more instances (${min}) than one request may launch (${largestLaunch}).`,
    );
  }
  return { min, max: Math.min(max, largestLaunch) };
}
