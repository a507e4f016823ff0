import { invalid } from '../../../kernel/errors.ts';

/** The value when it is one of EC2's words for the parameter (its name on the wire); undefined when not given. */
export function oneOf<const T extends string>(
  value: string | undefined,
  words: readonly T[],
  parameter: string,
): T | undefined {
  if (value === undefined) return undefined;
  return words.find((word) => word === value) ?? invalid(value, parameter, `Valid values: ${words.join(', ')}.`);
}
