import { DriverError, type Kind, type Seen } from '../../../ports/driver.ts';
import type { GroupSpec } from '../../../ports/networks.ts';
import type { RecordFiles } from '../records.ts';

const done: Seen = { settled: true };

/** Security groups: a record each, which the network is made of. */
export const createGroups = (records: RecordFiles<GroupSpec>, follow: () => Promise<void>): Kind<GroupSpec, Seen> => ({
  async ensure(id, spec) {
    if (!spec.isNew && (await records.read(id)) === undefined)
      throw new DriverError('invalid', `there is no group ${id}`, { about: 'gone' });
    // It is new only once: the same rules are the same record.
    await records.write(id, { ...spec, isNew: false });
    await follow();
    return done;
  },
  look: async (id) => ((await records.read(id)) === undefined ? undefined : done),
  async absent(id) {
    await records.remove(id);
    await follow();
    return done;
  },
  async *list() {
    for (const id of (await records.all()).keys()) yield { id, seen: done };
  },
});
