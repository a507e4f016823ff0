import type { Call } from '../../ports/driver.ts';
import type { Made, Records } from './records.ts';

/** Whether anything in the store of the region has an id, whosever it is, or had it until a moment ago. */
export type IsTaken = (id: string) => Promise<boolean>;

/**
 * What a thing's word for its own id is worth. `its`: it has that id. `double`: something of ours has it, which was asked for
 * twice; this one is about to go. `not`: anybody can write anybody's id into a name.
 */
export type Claim = 'its' | 'double' | 'not';

/**
 * Judges the word of a thing that no record speaks of. It is true of what is being made just now; and, where the id is free in the
 * store, of what we made before the store was lost: then the thing gets a record, which keeps the id from everything else.
 * @param made the record
 */
export const claim = <M extends Made>(
  records: Records<M>,
  isTaken: IsTaken,
  id: string,
  made: M & { readonly native: string },
  call: Call,
): Promise<Claim> =>
  records.alone(id, call, async () => {
    const there = await records.get(id, call);
    if (there === undefined) {
      if (await isTaken(id)) return 'not';
      await records.put(id, call, { ...made, adopted: true });
      return 'its';
    }
    if (there.account !== call.account) return 'not';
    if (there.native === undefined || there.native === made.native) return 'its';
    return there.again ? 'double' : 'not';
  });
