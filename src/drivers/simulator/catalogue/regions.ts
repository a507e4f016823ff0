/**
 * The regions of AWS's public partition `aws` and their Availability Zones, as AWS lists them for a new account in 2026
 * ("AWS Regions and Availability Zones"). The partitions of China and GovCloud have accounts, credentials and endpoints of
 * their own and are not here; nor are regions that are announced but not open.
 */

export interface CatalogueZone {
  /** `us-east-1a`. */
  readonly name: string;
  /** `use1-az1`. AWS maps names to ids for each account; here the mapping is the same for all. */
  readonly id: string;
  readonly region: string;
  readonly type: 'availability-zone';
  /** `us-east-1-zg-1`: all zones of a region are one group. */
  readonly groupName: string;
  /** `US East (N. Virginia) 1`. */
  readonly groupLongName: string;
  readonly networkBorderGroup: string;
  readonly optInStatus: 'opt-in-not-required';
  /** A country. */
  readonly geography: string;
  /** A state of the USA; elsewhere absent. */
  readonly subGeography: string | undefined;
}

export interface CatalogueRegion {
  readonly name: string;
  /** `ec2.us-east-1.amazonaws.com`, what DescribeRegions says; not where this server listens. */
  readonly endpoint: string;
  /**
   * Regions that AWS opened since March 2019 must be opted into. Every account of the simulator has done so, because
   * every region answers.
   */
  readonly optInStatus: 'opt-in-not-required' | 'opted-in';
  /** `US East (N. Virginia)`. */
  readonly longName: string;
  readonly geography: string;
  readonly zones: readonly CatalogueZone[];
}

/**
 * Name; `-` where no opt-in is required, `+` where it is; prefix of the zone ids; zones as letter and number of the id;
 * long name; geography, in the USA with the state.
 */
const TABLE = `af-south-1|+|afs1|a1 b2 c3|Africa (Cape Town)|South Africa
ap-east-1|+|ape1|a1 b2 c3|Asia Pacific (Hong Kong)|Hong Kong
ap-east-2|+|ape2|a1 b2 c3|Asia Pacific (Taipei)|Taiwan
ap-northeast-1|-|apne1|a4 c1 d2|Asia Pacific (Tokyo)|Japan
ap-northeast-2|-|apne2|a1 b2 c3 d4|Asia Pacific (Seoul)|South Korea
ap-northeast-3|-|apne3|a3 b1 c2|Asia Pacific (Osaka)|Japan
ap-south-1|-|aps1|a1 b3 c2|Asia Pacific (Mumbai)|India
ap-south-2|+|aps2|a1 b2 c3|Asia Pacific (Hyderabad)|India
ap-southeast-1|-|apse1|a2 b1 c3|Asia Pacific (Singapore)|Singapore
ap-southeast-2|-|apse2|a1 b3 c2|Asia Pacific (Sydney)|Australia
ap-southeast-3|+|apse3|a1 b2 c3|Asia Pacific (Jakarta)|Indonesia
ap-southeast-4|+|apse4|a1 b2 c3|Asia Pacific (Melbourne)|Australia
ap-southeast-5|+|apse5|a1 b2 c3|Asia Pacific (Malaysia)|Malaysia
ap-southeast-6|+|apse6|a1 b2 c3|Asia Pacific (New Zealand)|New Zealand
ap-southeast-7|+|apse7|a1 b2 c3|Asia Pacific (Thailand)|Thailand
ca-central-1|-|cac1|a1 b2 d4|Canada (Central)|Canada
ca-west-1|+|caw1|a1 b2 c3|Canada West (Calgary)|Canada
eu-central-1|-|euc1|a2 b3 c1|Europe (Frankfurt)|Germany
eu-central-2|+|euc2|a1 b2 c3|Europe (Zurich)|Switzerland
eu-north-1|-|eun1|a1 b2 c3|Europe (Stockholm)|Sweden
eu-south-1|+|eus1|a1 b2 c3|Europe (Milan)|Italy
eu-south-2|+|eus2|a1 b2 c3|Europe (Spain)|Spain
eu-west-1|-|euw1|a3 b1 c2|Europe (Ireland)|Ireland
eu-west-2|-|euw2|a2 b3 c1|Europe (London)|United Kingdom
eu-west-3|-|euw3|a1 b2 c3|Europe (Paris)|France
il-central-1|+|ilc1|a1 b2 c3|Israel (Tel Aviv)|Israel
me-central-1|+|mec1|a1 b2 c3|Middle East (UAE)|United Arab Emirates
me-south-1|+|mes1|a1 b2 c3|Middle East (Bahrain)|Bahrain
mx-central-1|+|mxc1|a1 b2 c3|Mexico (Central)|Mexico
sa-east-1|-|sae1|a1 b2 c3|South America (Sao Paulo)|Brazil
us-east-1|-|use1|a1 b2 c4 d6 e3 f5|US East (N. Virginia)|United States of America|Virginia
us-east-2|-|use2|a1 b2 c3|US East (Ohio)|United States of America|Ohio
us-west-1|-|usw1|a1 c3|US West (N. California)|United States of America|California
us-west-2|-|usw2|a2 b1 c3 d4|US West (Oregon)|United States of America|Oregon`;

let regions: ReadonlyMap<string, CatalogueRegion> | undefined;

function all(): ReadonlyMap<string, CatalogueRegion> {
  regions ??= new Map(
    TABLE.split('\n')
      .map((line) => readRegion(line))
      .map((region) => [region.name, region]),
  );
  return regions;
}

function readRegion(line: string): CatalogueRegion {
  const [name, optIn, prefix, zones, longName, geography, subGeography] = line.split('|') as [
    ...[name: string, optIn: string, prefix: string, zones: string, longName: string, geography: string],
    subGeography?: string,
  ];
  return {
    name,
    endpoint: `ec2.${name}.amazonaws.com`,
    optInStatus: optIn === '+' ? 'opted-in' : 'opt-in-not-required',
    longName,
    geography,
    zones: zones.split(' ').map((zone) => ({
      name: `${name}${zone[0]}`,
      id: `${prefix}-az${zone.slice(1)}`,
      region: name,
      type: 'availability-zone',
      groupName: `${name}-zg-1`,
      groupLongName: `${longName} 1`,
      networkBorderGroup: name,
      optInStatus: 'opt-in-not-required',
      geography,
      subGeography,
    })),
  };
}

/** Every region, in the order of their names. */
export function catalogueRegions(): readonly CatalogueRegion[] {
  return [...all().values()];
}

/** One region, or undefined if AWS has none of this name. */
export function catalogueRegion(name: string): CatalogueRegion | undefined {
  return all().get(name);
}
