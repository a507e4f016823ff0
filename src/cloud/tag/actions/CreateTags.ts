import { CreateTags$, type CreateTagsRequest } from '@aws-sdk/client-ec2';
import { missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { changeTags } from '../resources.ts';
import { checkCount, readTags } from '../tagSpecifications.ts';

export default write<CreateTagsRequest, Record<string, never>>(CreateTags$, {
  doc: 'Puts tags on resources of any kind; a key that a resource has gets the new value.',
  async run(tx, input) {
    if (input.Resources === undefined || input.Resources.length === 0) missing('ResourceId');
    if (input.Tags === undefined || input.Tags.length === 0) missing('Tag');
    const added = readTags(input.Tags);
    await changeTags(tx, input.Resources, (tags) => {
      const all = { ...tags, ...added };
      checkCount(all);
      return all;
    });
    return {};
  },
});
