import type { Call } from '../../ports/driver.ts';
import type { Shelf } from '../../ports/store.ts';
import type { Made, Records } from './records.ts';

/** Our ids by the cloud's. */
export interface Natives {
  /** Our id of what the cloud calls `native`, where we made it. */
  idOf(native: string, call: Call): Promise<string | undefined>;
}

/**
 * The same records, found by the cloud's id too. The entry for that is there before the record has the id and goes before
 * the record does, so that a crash leaves at most an entry that no record agrees with: it counts for nothing.
 */
export function withNatives<M extends Made>(records: Records<M>, shelf: Shelf, kind: string): Records<M> & Natives {
  const keyOf = (native: string, { region }: Call): string => `native-${kind}/${region}/${native}`;
  return {
    ...records,
    put: async (id, call, made) => {
      const before = made.native === undefined ? undefined : await records.get(id, call);
      if (made.native !== undefined && made.native !== before?.native) await shelf.put(keyOf(made.native, call), id);
      await records.put(id, call, made);
    },
    delete: async (id, call) => {
      const native = (await records.get(id, call))?.native;
      if (native !== undefined) await shelf.delete(keyOf(native, call));
      await records.delete(id, call);
    },
    idOf: async (native, call) => {
      const id = await shelf.get(keyOf(native, call));
      if (id === undefined) return undefined;
      return (await records.get(id, call))?.native === native ? id : undefined;
    },
  };
}
