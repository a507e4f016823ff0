/**
 * What is behind the private host names of a region (user guide, "Amazon EC2 instance hostnames and domains"): us-east-1
 * has a name of its own.
 */
export const privateDomain = (region: string): string =>
  region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
