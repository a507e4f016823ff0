/** The JavaScript SDK v3 as a program uses it: clients of this account and of another, one short name for each call. */
import { EC2 } from '@aws-sdk/client-ec2';
import { STS } from '@aws-sdk/client-sts';
import { given, onlyImage, refusal } from '../checks/check.js';

const endpoint = given('EC2_ENDPOINT');
export const region = given('AWS_REGION');

export const ec2 = new EC2({ endpoint, region, maxAttempts: 1 });
export const sts = new STS({ endpoint, region, maxAttempts: 1 });
export const ec2OfOther = new EC2({
  endpoint,
  region,
  maxAttempts: 1,
  credentials: {
    accessKeyId: given('OTHER_ACCESS_KEY_ID'),
    secretAccessKey: given('OTHER_SECRET_ACCESS_KEY'),
  },
});

/** A client of its own, for a check that needs other settings. @param {import('@aws-sdk/client-ec2').EC2ClientConfig} settings */
export const clientWith = (settings) => new EC2({ endpoint, region, maxAttempts: 1, ...settings });

/**
 * The call must be refused with this code, as the SDK names its errors.
 * @param {string} code @param {Promise<unknown>} call
 */
export const refused = (code, call) => refusal(code, (error) => error instanceof Error && error.name, call);

/** For the SDK's waiters: as they are, but asking more often. */
export const patience = { client: ec2, maxWaitTime: 150, minDelay: 1, maxDelay: 1 };

/** @param {Record<string, string | string[]>} named */
export const filters = (named) =>
  Object.entries(named).map(([Name, values]) => ({ Name, Values: Array.isArray(values) ? values : [values] }));

/** Everything on all pages. @template P, T @param {AsyncIterable<P>} pages @param {(page: P) => T[] | undefined} read */
export async function all(pages, read) {
  const found = [];
  for await (const page of pages) found.push(...(read(page) ?? []));
  return found;
}

/** The image that programs look up, or the only one there is. @param {string} owner @param {string} name */
export async function newestImage(owner, name) {
  const Filters = filters({ name: onlyImage ?? name, state: 'available' });
  const { Images = [] } = await ec2.describeImages({ Filters, ...(onlyImage === undefined && { Owners: [owner] }) });
  const [newest] = Images.sort((one, other) => String(other.CreationDate).localeCompare(String(one.CreationDate)));
  if (newest === undefined) throw new Error(`no image of ${owner} is named ${name}`);
  return newest;
}
