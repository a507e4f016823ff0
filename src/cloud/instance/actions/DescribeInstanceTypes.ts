import {
  DescribeInstanceTypes$,
  type DescribeInstanceTypesRequest,
  type DescribeInstanceTypesResult,
  type InstanceTypeInfo,
} from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { compileFilter } from '../../../kernel/filter.ts';
import { read } from '../../action/action.ts';
import { readFilters } from '../../action/filters.ts';
import { checkMaxResults, pageToken, readPageToken } from '../../action/page.ts';
import type { Reading } from '../../context/reading.ts';
import { typeFilters } from '../typeFilters.ts';
import { knowAllTypes, knowTypes } from '../types.ts';

/** A page has 100 types also when the request does not say, as on AWS. */
const pages = { min: 5, max: 100 };

export default read<DescribeInstanceTypesRequest, DescribeInstanceTypesResult>(DescribeInstanceTypes$, {
  doc: 'Lists the instance types of a region that the account may use.',
  async run(cx, input) {
    const limit = checkMaxResults(input.MaxResults, pages) ?? pages.max;
    const asked = input.InstanceTypes ?? [];
    if (asked.length > pages.max) {
      fail('InvalidParameterValue', `The maximum number of instance types in a request is ${pages.max}.`);
    }
    const test = compile(input);
    await (asked.length === 0 ? knowAllTypes(cx) : knowTypes(cx, asked));
    const names = await namesOf(cx, asked);
    const question = JSON.stringify([
      cx.account,
      cx.region,
      'DescribeInstanceTypes',
      asked,
      input.Filters,
      input.IncludeUnsupportedInRegion,
    ]);
    const start = input.NextToken ? readPageToken(cx.world.tokenKey, question, input.NextToken) : 0;
    const found: InstanceTypeInfo[] = [];
    for (let at = start; at < names.length; at++) {
      const info = cx.here.driver.catalogue.instanceType(names[at]!, cx.account);
      if (info === undefined || !test(info)) continue;
      if (found.length === limit)
        return { InstanceTypes: found, NextToken: pageToken(cx.world.tokenKey, question, at) };
      found.push(input.IncludeUnsupportedInRegion ? { ...info, SupportedInRegion: true } : info);
    }
    return { InstanceTypes: found };
  },
});

async function namesOf(cx: Reading, asked: readonly string[]): Promise<readonly string[]> {
  const { catalogue } = cx.here.driver;
  if (asked.length === 0) return catalogue.instanceTypeNames(cx.region, cx.account);
  const unknown = asked.filter((name) => catalogue.hardware(name, cx.account) === undefined);
  if (unknown.length > 0) {
    fail('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown.join(', ')}]`);
  }
  return [...new Set(asked)];
}

function compile(input: DescribeInstanceTypesRequest): (info: InstanceTypeInfo) => boolean {
  const tests = readFilters(input.Filters).map((filter) => {
    const rule = Object.hasOwn(typeFilters, filter.name) ? typeFilters[filter.name] : undefined;
    return compileFilter(rule ?? fail('InvalidParameterValue', `The filter '${filter.name}' is invalid`), filter);
  });
  return (info) => tests.every((test) => test(info));
}
