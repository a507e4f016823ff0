import { malformed } from '../awsquery/errors.ts';
import type { Pair } from '../awsquery/form.ts';

/** The two parameters that say what is asked. */
export interface Asked {
  readonly action: string | undefined;
  readonly version: string | undefined;
}

/** Reads them. Which of two different ones a client means cannot be known: that is refused (`MalformedQueryString`). */
export function readAsked(pairs: readonly Pair[]): Asked {
  return { action: only(pairs, 'Action'), version: only(pairs, 'Version') };
}

function only(pairs: readonly Pair[], name: string): string | undefined {
  let found: string | undefined;
  for (const [key, value] of pairs) {
    if (key !== name) continue;
    if (found !== undefined && found !== value) throw malformed(`The parameter ${name} occurs more than once.`);
    found = value;
  }
  return found;
}
