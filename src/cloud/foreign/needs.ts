import type { FeedName } from './adopter.ts';

const machines = ['machines'] as const;
const volumes = ['volumes'] as const;
const snapshots = ['snapshots'] as const;
const images = ['images'] as const;
const addresses = ['addresses'] as const;
const groups = ['groups'] as const;
const networks = ['networks'] as const;

/**
 * The feeds that an action needs, by its name: those of the kinds that it shows, or whose state decides whether it is
 * refused. Actions that only make something need none: whoever names a thing to them has been shown it.
 */
const needs: Readonly<Record<string, readonly FeedName[]>> = {
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
export const feedsOf = (action: string): readonly FeedName[] => needs[action] ?? none;

const none: readonly FeedName[] = [];
