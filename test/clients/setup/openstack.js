/** The server in front of a real OpenStack: each account is a project of its own, and Keystone knows the keys. */
import { EC2 } from '@aws-sdk/client-ec2';
import { STS } from '@aws-sdk/client-sts';
import { bed, Projects } from './keystone.js';
import { prepareFolder, TestServer } from './server.js';

/** Types of AWS that programs name, and the flavors of the bed that they mean here. */
const aliases = (/** @type {readonly { name: string }[]} */ flavors) => {
  const [small, larger] = flavors.map(({ name }) => name);
  return {
    ...Object.fromEntries(
      ['t2.micro', 't2.small', 't3.nano', 't3.micro', 't4g.nano', 'c5.large', 'm1.small', 'm3.medium', 'm5.large'].map(
        (type) => [type, small],
      ),
    ),
    ...Object.fromEntries(['t2.medium', 't3.small', 'c5.xlarge', 'm3.large', 'r5.large'].map((type) => [type, larger])),
  };
};

/** What a cloud cannot do, and why: checks that need it are told with the reason, and not run. */
const fakeHypervisor = {
  userData: 'nothing boots in the zone of the fake hypervisor',
  images: 'the fake hypervisor never ends the image of a server',
  attachedSnapshots: 'the fake hypervisor never ends the snapshot of an attached volume',
  rootVolumes: 'the image of the test bed has no volume as its root',
  publicAddresses: 'the networks of OpenStack projects give no public address by themselves',
  encryption: 'Cinder encrypts volumes by their type only',
  performance: 'the types of Cinder say how fast a volume is, and whether several machines may have it',
  fiveAtOnce: 'the first snapshot is completed before the sixth is asked for',
  sourceDestCheck: 'the network of the bed always checks source and destination',
  ebsOptimized: 'flavors do not say how fast their volumes are',
  sha1: 'Keystone knows signatures of version 2 with HmacSHA256 alone',
  zoneBlocks: 'the zones of an OpenStack have its subnets together, whatever their number and size',
  defaultEgress: 'Neutron’s default group lets out what is IPv6, too',
  arm64: 'the image of the test bed is one for x86-64',
  addressLimit: 'addresses are counted by Neutron’s quotas, which the test bed has set high',
  catalogue: 'the region has the types, zones and names of its cloud, not those of AWS',
  attachedGrowth: 'Cinder’s NFS driver extends no volume that is attached',
  architectures: 'the flavors of the test bed do not say which architecture they have',
  publicImages: 'Glance lets only its administrator make an image public',
  sharedSnapshots: 'Cinder shares no snapshots, so images that have some are not shared',
  manyRegions: 'the server has this region only',
  manyZones: 'the programs have one zone: the other one boots real guests, which takes minutes',
};

/** What it can where guests really run. */
const really = ['userData', 'images', 'attachedSnapshots'];

/**
 * What the server itself says that this cloud cannot do: what it learns to do is checked from then on.
 * @param {EC2} ec2
 * @param {string} zone
 * @returns {Promise<Record<string, string>>} by ability, why not
 */
async function probed(ec2, zone) {
  const probes = {
    elasticIps: () => ec2.allocateAddress({ Domain: 'vpc', DryRun: true }),
    volumes: () => ec2.createVolume({ AvailabilityZone: zone, Size: 1, DryRun: true }),
  };
  /** @type {Record<string, string>} */
  const cannot = {};
  for (const [name, probe] of Object.entries(probes)) {
    const refusal = await probe().then(
      () => undefined,
      (error) => error,
    );
    if (/^Unsupported(Operation)?$/.test(refusal?.name)) cannot[name] = refusal.message;
  }
  return cannot;
}

/**
 * Accounts that are projects of OpenStack, each made for the run and deleted after it.
 * @param {any} cloud the bed
 * @returns {import('./server.js').Accounts}
 */
function projectsOf(cloud) {
  /** @type {Projects | undefined} */
  let projects;
  return {
    async begin(server, wanted) {
      const opened = await Projects.open(cloud);
      projects = opened;
      const made = await Promise.all(wanted.map(({ networked }) => opened.make(networked)));
      await server.run(['--auth', 'keystone']);
      const client = (/** @type {{ access: string, secret: string }} */ { access, secret }) => ({
        endpoint: server.endpoint,
        region: server.region,
        maxAttempts: 1,
        credentials: { accessKeyId: access, secretAccessKey: secret },
      });
      const accounts = [];
      for (const { ec2 } of made) {
        const { Account } = await new STS(client(ec2)).getCallerIdentity({});
        accounts.push({ id: String(Account), accessKey: ec2.access, secret: ec2.secret });
      }
      const asked = await probed(new EC2(client(made[0].ec2)), cloud.zones.default);
      const cannot = { ...fakeHypervisor, ...asked };
      server.facts = { zone: cloud.zones.default, image: cloud.image.name, cannot };
      server.guestFacts = {
        ...{ zone: cloud.zones.compute.find((/** @type {string} */ zone) => zone !== cloud.zones.default) },
        ...{ image: cloud.image.name },
        cannot: Object.fromEntries(Object.entries(cannot).filter(([ability]) => !really.includes(ability))),
      };
      return accounts;
    },
    async end() {
      const left = (await projects?.remove()) ?? [];
      if (left.length > 0) throw new Error(`what was made for the programs could not be deleted: ${left.join('; ')}`);
    },
  };
}

/** Prepares a server in front of the bed; it is not started. */
export async function prepareOpenStack() {
  const cloud = bed();
  const region = {
    cloud: 'elsewhere',
    clouds: cloud.cloudsYaml,
    aliases: aliases(cloud.flavors),
  };
  // JSON is YAML, too. The region is named as the programs name it.
  const config = JSON.stringify({ region: { 'us-east-1': 'openstack' }, openstack: { 'us-east-1': region } });
  const { folder, port } = await prepareFolder(config);
  return new TestServer(folder, port, projectsOf(cloud));
}
