/** The partition of AWS that a region is in: the second part of its ARNs. */
const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';

/** The ARN of a volume. */
export const volumeArn = (region: string, account: string, id: string): string =>
  `arn:${partitionOf(region)}:ec2:${region}:${account}:volume/${id}`;

/** The ARN of the account's own EBS key, which AWS makes on first use. */
export const defaultKeyArn = (region: string, account: string): string =>
  `arn:${partitionOf(region)}:kms:${region}:${account}:alias/aws/ebs`;
