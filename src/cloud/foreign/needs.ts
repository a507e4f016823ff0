import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { FeedName } from './adopter.ts';

const machines = ['machines'] as const;
const volumes = ['volumes'] as const;
const snapshots = ['snapshots'] as const;
const images = ['images'] as const;
const addresses = ['addresses'] as const;
const groups = ['groups'] as const;
const networks = ['networks'] as const;
const none: readonly FeedName[] = [];

type Needs = readonly FeedName[] | ((input: Partial<RunInstancesRequest>) => readonly FeedName[]);

/** Names of groups, unlike ids, are known to whoever made them elsewhere. */
const groupsByName = ({ SecurityGroups: named = [] }: Partial<RunInstancesRequest>): readonly FeedName[] =>
  named.length > 0 ? groups : none;

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
  CreateTags: ['machines', 'volumes', 'snapshots'],
  DeleteTags: ['machines', 'volumes', 'snapshots'],
  DescribeTags: ['machines', 'volumes', 'snapshots'],
};

/** The actions that need feeds. */
export const needing: readonly string[] = Object.keys(needs);

/** What an action needs to know of what others did; nothing for most. */
export function feedsOf(action: string, input: () => object): readonly FeedName[] {
  const its = needs[action] ?? none;
  return typeof its === 'function' ? its(input()) : its;
}
