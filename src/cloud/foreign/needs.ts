import type { CreateTagsRequest, DescribeTagsRequest, RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { FeedName } from './adopter.ts';

const machines = ['machines'] as const;
const volumes = ['volumes'] as const;
const snapshots = ['snapshots'] as const;
const images = ['images'] as const;
const addresses = ['addresses'] as const;
const groups = ['groups'] as const;
const networks = ['networks'] as const;
const none: readonly FeedName[] = [];

/** Inputs that decide what is needed. */
type Input = Partial<RunInstancesRequest & CreateTagsRequest & DescribeTagsRequest>;
type Needs = readonly FeedName[] | ((input: Input) => readonly FeedName[]);

/** Names of groups, unlike ids, are known to whoever made them elsewhere. */
const groupsByName = ({ SecurityGroups: named = [] }: Input): readonly FeedName[] => (named.length > 0 ? groups : none);

/** What has tags in the cloud, by the prefix of its ids and its type in DescribeTags. */
const tagged = [
  { feed: 'machines', prefix: 'i-', type: 'instance' },
  { feed: 'volumes', prefix: 'vol-', type: 'volume' },
  { feed: 'snapshots', prefix: 'snap-', type: 'snapshot' },
] as const;

const tagsOfIds = ({ Resources: ids = [] }: Input): readonly FeedName[] =>
  tagged.filter(({ prefix }) => ids.some((id) => id.startsWith(prefix))).map(({ feed }) => feed);

/** What the filters leave out is not asked for. Values with wildcards may be of any kind. */
const tagsShown = ({ Filters = [] }: Input): readonly FeedName[] => {
  const isLeft = (name: string, of: (value: string) => boolean): boolean =>
    Filters.every(({ Name, Values = [] }) => Name !== name || Values.some((value) => /[*?]/.test(value) || of(value)));
  return tagged
    .filter(
      ({ prefix, type }) =>
        isLeft('resource-id', (id) => id.startsWith(prefix)) && isLeft('resource-type', (one) => one === type),
    )
    .map(({ feed }) => feed);
};

/**
 * The feeds that an action needs, by its name: those of the kinds that it shows, or whose state decides whether it is
 * refused. Other actions that only make something need none: whoever names a thing by its id has been shown it.
 */
const needs: Readonly<Record<string, Needs>> = {
  DescribeInstances: machines,
  DescribeInstanceStatus: machines,
  DescribeInstanceAttribute: machines,
  ModifyInstanceAttribute: machines,
  GetConsoleOutput: machines,
  StartInstances: machines,
  StopInstances: machines,
  RebootInstances: machines,
  TerminateInstances: machines,
  CreateImage: machines,
  RunInstances: groupsByName,
  DescribeVolumes: volumes,
  DeleteVolume: volumes,
  CreateSnapshot: volumes,
  AttachVolume: ['machines', 'volumes'],
  DetachVolume: ['machines', 'volumes'],
  DescribeSnapshots: snapshots,
  DeleteSnapshot: snapshots,
  DescribeImages: images,
  DescribeImageAttribute: images,
  ModifyImageAttribute: images,
  ResetImageAttribute: images,
  DeregisterImage: images,
  DescribeAddresses: addresses,
  AssociateAddress: ['machines', 'addresses'],
  DisassociateAddress: addresses,
  ReleaseAddress: addresses,
  DescribeSecurityGroups: groups,
  CreateSecurityGroup: groups,
  AuthorizeSecurityGroupIngress: groups,
  AuthorizeSecurityGroupEgress: groups,
  RevokeSecurityGroupIngress: groups,
  RevokeSecurityGroupEgress: groups,
  DeleteSecurityGroup: groups,
  DescribeVpcs: networks,
  DescribeSubnets: networks,
  CreateTags: tagsOfIds,
  DeleteTags: tagsOfIds,
  DescribeTags: tagsShown,
};

/** Actions that show several kinds of things at once: the first is asked for what changed, the others now and then. */
const manyKinds: ReadonlySet<string> = new Set(['DescribeTags']);

/** How many of the feeds that an action needs, the first ones, have to be asked each time. */
export const askedEachTime = (action: string): number => (manyKinds.has(action) ? 1 : Number.POSITIVE_INFINITY);

/** The actions that need feeds. */
export const needing: readonly string[] = Object.keys(needs);

/** What an action needs to know of what others did; nothing for most. */
export function feedsOf(action: string, input: () => object): readonly FeedName[] {
  const its = needs[action] ?? none;
  return typeof its === 'function' ? its(input()) : its;
}
