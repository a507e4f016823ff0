import type { Row } from '../../../kernel/resource.ts';
import type { TagChange } from '../../../ports/tags.ts';
import { type OperationDeclaration, operation } from '../../operation/operation.ts';
import { mergedTags, type TaggedInCloud } from '../mergedTags.ts';
import { type MirroredKind, mirrored } from '../mirrored.ts';

export interface Mirroring extends TagChange {
  readonly kind: MirroredKind;
  readonly id: string;
}

/** Shows tags in the cloud. What the cloud has besides is taken over; the keys of this request are what the row says. */
const mirrorTags: OperationDeclaration<Mirroring> = operation<Mirroring>(
  'tags.mirror',
  async (op, { kind, id, put, drop }) => {
    const { tags } = await op.ensure('tags', {
      do: (driver, call) => mirrored[kind].of(driver).retag!(id, { put, drop }, call),
    });
    await op.finish('seen', async (tx) => {
      const { resource } = mirrored[kind];
      const row = (await tx.find(resource, id)) as (Row & TaggedInCloud) | undefined;
      if (row === undefined) return;
      const told = { id, name: row.cloudName ?? '', tags };
      await tx.update(resource, row, mergedTags(row, told, new Set([...Object.keys(put), ...drop])));
    });
  },
  {
    giveUp: async (tx, { id, put, drop }, why) => {
      const about = { id, keys: [...Object.keys(put), ...drop], trouble: why.trouble, why: why.message };
      tx.world.log.warn(about, 'the cloud does not show tags; they are kept here alone');
    },
  },
);
export default mirrorTags;
