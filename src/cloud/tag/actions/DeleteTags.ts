import { DeleteTags$, type DeleteTagsRequest, type Tag } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { changeTags } from '../resources.ts';

export default write<DeleteTagsRequest, Record<string, never>>(DeleteTags$, {
  doc: 'Takes tags off resources: by key, by key and value, or all of them.',
  async run(tx, input) {
    const asked = input.Tags ?? [];
    for (const [i, { Key }] of asked.entries()) {
      if (Key === undefined || Key === '')
        fail('InvalidParameterValue', `Tag key cannot be null or empty (Tag.${i + 1}.Key).`);
      if (/^aws:/i.test(Key)) {
        fail('InvalidParameterValue', `Tag keys starting with 'aws:' are reserved for internal use (Tag.${i + 1}.Key)`);
      }
    }
    await changeTags(tx, input.Resources, (tags) =>
      Object.fromEntries(Object.entries(tags).filter(([key, value]) => kept(asked, key, value))),
    );
    return {};
  },
});

/** A tag without a value names any value; an empty value names the empty one. Tags of AWS itself always stay. */
const kept = (asked: readonly Tag[], key: string, value: string): boolean =>
  /^aws:/i.test(key) ||
  (asked.length > 0 && !asked.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value)));
