import { DescribeTags$, type DescribeTagsRequest, type DescribeTagsResult } from '@aws-sdk/client-ec2';
import { read } from '../../action/action.ts';
import { readFilters } from '../../action/filters.ts';
import { filterValues } from '../../action/filterValues.ts';
import { checkMaxResults, pageToken, readPageToken } from '../../action/page.ts';
import { listTags, tagFilter, tagFilters, viewListedTag } from '../listed.ts';
import { sharedTags } from '../sharedTags.ts';
import { typeOfKind } from '../taggable.ts';

const pages = { min: 5, max: 1000 } as const;

export default read<DescribeTagsRequest, DescribeTagsResult>(DescribeTags$, {
  doc: 'Lists the tags of all resources of the account.',
  kinds: [...typeOfKind.keys(), sharedTags.kind],
  shared: true,
  async run(cx, input) {
    const limit = checkMaxResults(input.MaxResults, pages) ?? Number.POSITIVE_INFINITY;
    const filters = readFilters(input.Filters);
    const question = JSON.stringify([cx.account, cx.region, DescribeTags$[2], input.Filters]);
    const after = input.NextToken ? readPageToken(cx.world.tokenKey, question, input.NextToken) : -1;
    // An unknown filter is refused before anything is read.
    filterValues([], tagFilters, input.Filters, tagFilter);
    const all = await listTags(cx, filters);
    const rest = filterValues(all, tagFilters, input.Filters, tagFilter).filter((tag) => tag.position > after);
    const page = rest.slice(0, limit);
    return {
      Tags: page.map(viewListedTag),
      ...(rest.length > limit ? { NextToken: pageToken(cx.world.tokenKey, question, page.at(-1)!.position) } : {}),
    };
  },
});
