/** JavaScript SDK: identity, catalogue, key pairs, tags, refusals. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { paginateDescribeInstanceTypes, paginateDescribeTags, waitUntilKeyPairExists } from '@aws-sdk/client-ec2';
import { can, check, equal, finish, given, holds, matches, sorted, zoneOr } from '../checks/check.js';
import { all, clientWith, ec2, filters, patience, refused, region, sts } from './cloud.js';

const account = given('ACCOUNT_ID');

await check('getCallerIdentity', async () => {
  const { Account, Arn, $metadata } = await sts.getCallerIdentity({});
  equal([Account, Arn?.split(':')[4]], [account, account], 'account');
  matches($metadata.requestId, /^[0-9a-f-]{36}$/, 'request id');
});

await check('describeRegions, describeAvailabilityZones, describeAccountAttributes', async () => {
  const { Regions } = await ec2.describeRegions({ AllRegions: true });
  holds(
    Regions?.some((one) => one.RegionName === region && one.Endpoint),
    'it is a region',
  );
  const zones = can('catalogue') ? ['us-east-1a', 'us-east-1f'] : [zoneOr('')];
  const { AvailabilityZones } = await ec2.describeAvailabilityZones({ ZoneNames: zones });
  equal(sorted(AvailabilityZones.map((one) => one.ZoneName)), zones, 'ZoneNames');
  if (can('catalogue')) equal(sorted(AvailabilityZones.map((one) => one.ZoneId)), ['use1-az1', 'use1-az5'], 'ZoneIds');
  const { AccountAttributes } = await ec2.describeAccountAttributes({ AttributeNames: ['default-vpc'] });
  matches(AccountAttributes?.[0].AttributeValues?.[0].AttributeValue, /^vpc-/, 'default-vpc');
});

await check(
  'another region is told, and answers for itself',
  async () => {
    const { Regions } = await ec2.describeRegions({ AllRegions: true });
    holds(
      Regions?.some((one) => one.RegionName === 'ap-northeast-1' && one.Endpoint),
      'Tokyo is a region',
    );
    const tokyo = clientWith({ region: 'ap-northeast-1' });
    const { AvailabilityZones } = await tokyo.describeAvailabilityZones({});
    equal(AvailabilityZones?.[0].RegionName, 'ap-northeast-1', 'RegionName');
  },
  'manyRegions',
);

/** Names of all types, which are few where they are flavors. */
const namesOfTypes = async () =>
  (await ec2.describeInstanceTypes({})).InstanceTypes?.map((one) => one.InstanceType) ?? [];

await check('describeInstanceTypes: all pages, and one in detail', async () => {
  const types = await all(
    paginateDescribeInstanceTypes({ client: ec2, pageSize: can('catalogue') ? 100 : 5 }, {}),
    (page) => page.InstanceTypes,
  );
  if (can('catalogue')) holds(types.length > 900, 'there are more than 900 types');
  else equal(sorted(await namesOfTypes()), sorted(types.map((one) => one.InstanceType)), 'types without pages');
  holds(
    types.every((one) => one.VCpuInfo?.DefaultVCpus && one.MemoryInfo?.SizeInMiB),
    'each tells processors and memory',
  );
  const wanted = can('catalogue') ? 'g4dn.xlarge' : 't3.micro';
  const { InstanceTypes } = await ec2.describeInstanceTypes({ InstanceTypes: [wanted] });
  equal(
    InstanceTypes?.map((one) => one.InstanceType),
    [wanted],
    'InstanceTypes',
  );
  if (!can('catalogue')) return;
  const [gpu] = InstanceTypes?.[0].GpuInfo?.Gpus ?? [];
  equal([gpu.Name, gpu.Count, gpu.Manufacturer], ['T4', 1, 'NVIDIA'], 'GPU');
});

/** @param {string} file @param {string} material */
function publicKeyOf(file, material) {
  writeFileSync(file, material, { mode: 0o600 });
  return execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
}

await check('key pairs: create, wait, import, describe', async () => {
  const made = await ec2.createKeyPair({ KeyName: 'sdk', KeyType: 'ed25519' });
  const line = publicKeyOf('sdk.pem', made.KeyMaterial ?? '');
  await waitUntilKeyPairExists(patience, { KeyNames: ['sdk'] });
  await refused('InvalidKeyPair.Duplicate', ec2.createKeyPair({ KeyName: 'sdk' }));
  const imported = await ec2.importKeyPair({ KeyName: 'same', PublicKeyMaterial: Buffer.from(line) });
  equal(imported.KeyFingerprint, made.KeyFingerprint, 'fingerprint of the same key');
  const { KeyPairs } = await ec2.describeKeyPairs({ KeyNames: ['same', 'sdk'], IncludePublicKey: true });
  equal(sorted(KeyPairs.map((one) => one.KeyName)), ['same', 'sdk'], 'KeyPairs');
  holds(
    KeyPairs?.every((one) => line.startsWith(one.PublicKey?.split(' ').slice(0, 2).join(' '))),
    'both are that key',
  );
  holds(
    KeyPairs?.every((one) => one.CreateTime instanceof Date),
    'CreateTime is a date',
  );
});

await check('tags: create, describe in pages, filter, delete', async () => {
  const { Vpcs } = await ec2.describeVpcs({});
  const Resources = [String(Vpcs?.[0].VpcId)];
  const Tags = Array.from({ length: 7 }, (_, at) => ({ Key: `key ${at}`, Value: `<${at}> & 'more'` }));
  await ec2.createTags({ Resources, Tags });
  const found = await all(
    paginateDescribeTags({ client: ec2, pageSize: 5 }, { Filters: filters({ 'resource-id': Resources }) }),
    (page) => page.Tags,
  );
  equal(
    sorted(found.map((tag) => `${tag.Key}=${tag.Value}`)),
    Tags.map((tag) => `${tag.Key}=${tag.Value}`),
    'Tags',
  );
  await refused('DryRunOperation', ec2.deleteTags({ Resources, Tags, DryRun: true }));
  await ec2.deleteTags({ Resources, Tags: [{ Key: 'key 0' }, { Key: 'key 1', Value: 'not this' }] });
  equal((await ec2.describeTags({ Filters: filters({ key: 'key ?' }) })).Tags?.length, 6, 'number of tags left');
  await ec2.deleteTags({ Resources });
  equal((await ec2.describeTags({})).Tags, [], 'Tags');
});

await check('what is not offered, not known or not signed is refused', async () => {
  await refused('UnsupportedOperation', ec2.describeSpotPriceHistory({}));
  await refused(
    'AuthFailure',
    clientWith({ credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' } }).describeVpcs(),
  );
  await refused('RequestExpired', clientWith({ systemClockOffset: -3_600_000 }).describeVpcs());
});

await check('deleteKeyPair, and nothing is left', async () => {
  await ec2.deleteKeyPair({ KeyName: 'sdk' });
  const [{ KeyPairId }] = (await ec2.describeKeyPairs({})).KeyPairs ?? [];
  equal((await ec2.deleteKeyPair({ KeyPairId })).KeyPairId, KeyPairId, 'KeyPairId');
  equal((await ec2.describeKeyPairs({})).KeyPairs, [], 'KeyPairs');
});

finish();
