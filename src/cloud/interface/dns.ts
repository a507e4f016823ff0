import { privateDomain } from '../../ports/dns.ts';

/**
 * Host names that EC2 derives from addresses (user guide, "Amazon EC2 instance hostnames and domains"): us-east-1 has
 * names of its own, every other region is part of the name.
 */

/** The private name of an address: `ip-10-0-0-1.ec2.internal`, `ip-10-0-0-1.eu-west-1.compute.internal`. */
export const privateDnsName = (region: string, ip: string): string => `${hostName(ip)}.${privateDomain(region)}`;

/** The name of an instance's own id, for subnets that name hosts by resource: `i-….ec2.internal`. */
export const resourceDnsName = (region: string, id: string): string => `${id}.${privateDomain(region)}`;

/** The public name of an address: `ec2-1-2-3-4.compute-1.amazonaws.com`. */
export const publicDnsName = (region: string, ip: string): string =>
  `ec2-${dashed(ip)}.${region === 'us-east-1' ? 'compute-1' : `${region}.compute`}.amazonaws.com`;

/** The first label of the private name, which the machine gets as its host name. */
export const hostName = (ip: string): string => `ip-${dashed(ip)}`;

const dashed = (ip: string): string => ip.replaceAll('.', '-');
