import { missingParameter, quoted, WireError } from './errors.ts';

/**
 * The versions of the EC2 API that AWS published, from the first to the last. The namespace of an answer is that of the
 * version asked for. (Dates of the WSDLs at http://ec2.amazonaws.com/doc/VERSION/ and of the models in AWS's SDKs.)
 */
export const ec2Versions: readonly string[] = [
  ...['2006-06-26', '2006-10-01', '2007-01-03', '2007-01-19', '2007-03-01', '2007-08-29', '2008-02-01', '2008-05-05'],
  ...['2008-08-08', '2008-12-01', '2009-03-01', '2009-04-04', '2009-07-15', '2009-08-15', '2009-10-31', '2009-11-30'],
  ...['2010-06-15', '2010-08-31', '2010-11-15', '2011-01-01', '2011-02-28', '2011-05-15', '2011-07-15', '2011-11-01'],
  ...['2011-12-01', '2011-12-15', '2012-03-01', '2012-04-01', '2012-05-01', '2012-06-01', '2012-06-15', '2012-07-20'],
  ...['2012-08-15', '2012-10-01', '2012-11-15', '2012-12-01', '2013-02-01', '2013-06-15', '2013-07-15', '2013-08-15'],
  ...['2013-10-01', '2013-10-15', '2014-02-01', '2014-05-01', '2014-06-15', '2014-09-01', '2014-10-01', '2015-03-01'],
  ...['2015-04-15', '2015-10-01', '2016-04-01', '2016-09-15', '2016-11-15'],
];

const accepted: Readonly<Record<string, { readonly service: string; readonly versions: ReadonlySet<string> }>> = {
  ec2: { service: 'AmazonEC2', versions: new Set(ec2Versions) },
  sts: { service: 'AWSSecurityTokenService', versions: new Set(['2011-06-15']) },
};

/** The services whose versions are known here. */
export type VersionedService = 'ec2' | 'sts';

/** Whether AWS published this version of the service's API. */
export function isVersion(service: VersionedService, version: string): boolean {
  return accepted[service]?.versions.has(version) ?? false;
}

/**
 * The version that a request asks for. Throws `MissingParameter` when there is none, and `NoSuchVersion` in EC2's own words,
 * "The requested version (2010-03-31) of service AmazonEC2 does not exist" (both 400), when AWS never had it.
 */
export function needVersion(service: VersionedService, version: string | undefined): string {
  if (version === undefined || version === '') throw missingParameter('Version');
  if (isVersion(service, version)) return version;
  const name = accepted[service]?.service;
  throw new WireError('NoSuchVersion', `The requested version (${quoted(version)}) of service ${name} does not exist`);
}
