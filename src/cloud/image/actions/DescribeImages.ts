import { DescribeImages$, type DescribeImagesRequest } from '@aws-sdk/client-ec2';
import type { ReadAction } from '../../action/action.ts';
import { describe } from '../../action/describe.ts';
import { audienceOf, ownersOf } from '../../snapshot/sharing.ts';
import { deregistered } from '../deregistered.ts';
import { image, ownerOf } from '../image.ts';
import type { ImageRow } from '../row.ts';

const list = (shared: boolean) =>
  describe<DescribeImagesRequest, ImageRow>(DescribeImages$, image, {
    doc: 'Lists images: one’s own, shared ones and public ones.',
    list: 'Images',
    ids: 'ImageIds',
    pages: { min: 1, max: 1000 },
    shared,
    gone: deregistered,
    narrow: async (cx, { ImageIds, Owners, ExecutableUsers, IncludeDeprecated }) => {
      const named = ImageIds !== undefined && ImageIds.length > 0;
      const where = [
        ...(Owners?.length ? [{ name: 'owner', values: ownersOf(cx, Owners) }] : []),
        ...(ExecutableUsers?.length ? [{ name: 'audience', values: audienceOf(cx, ExecutableUsers) }] : []),
      ];
      // Deprecated images of others are left out of lists; their owner, and whoever knows the id, still finds them.
      if (!shared || named || IncludeDeprecated) return { where };
      return {
        where,
        test: (row) => ownerOf(row) === cx.account || (row.deprecatedAt ?? Number.POSITIVE_INFINITY) > cx.now,
      };
    },
  });

const everyone = list(true);
const own = list(false);

/** Who asks only for their own is not made to wait for the public ones to be looked through. */
const action: ReadAction<DescribeImagesRequest, never> = {
  ...everyone,
  run: (cx, input) => {
    const ownOnly =
      input.Owners?.length &&
      input.Owners.every((owner) => owner === 'self' || owner === cx.account) &&
      !input.ImageIds?.length;
    return (ownOnly ? own : everyone).run(cx, input);
  },
};
export default action;
