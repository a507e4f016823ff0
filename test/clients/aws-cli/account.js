/** aws-cli: who and where one is, the catalogue, key pairs and tags. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { can, check, equal, finish, given, holds, matches, sorted, zoneOr } from '../checks/check.js';
import { ec2, ec2With, filters, refused, sts } from './aws.js';

const account = process.env.ACCOUNT_ID;

await check('sts get-caller-identity', async () => {
  const { Account, Arn, UserId } = await sts('get-caller-identity');
  equal(Account, account, 'Account');
  matches(Arn, new RegExp(`^arn:aws:iam::${account}:`), 'Arn');
  matches(UserId, /./, 'UserId');
});

await check('describe-regions', async () => {
  const { Regions } = await ec2('describe-regions');
  if (can('manyRegions')) holds(Regions.length > 15, 'there are many regions');
  const name = can('manyRegions') ? 'eu-west-1' : given('AWS_REGION');
  const [one] = (await ec2('describe-regions', '--region-names', name)).Regions;
  equal([one.RegionName, one.OptInStatus], [name, 'opt-in-not-required'], 'region');
  await refused('InvalidParameterValue', ec2('describe-regions', '--region-names', 'mars-north-1'));
});

await check('describe-availability-zones', async () => {
  const { AvailabilityZones } = await ec2('describe-availability-zones', ...filters({ state: 'available' }));
  const names = sorted(AvailabilityZones.map((one) => one.ZoneName));
  if (can('catalogue')) equal(names.map((name) => name.at(-1)).join(''), 'abcdef', 'letters of the zones');
  else holds(names.includes(zoneOr('')), 'the zone of the programs is there');
});

await check(
  'describe-availability-zones of another region',
  async () => {
    const there = await ec2('--region', 'eu-west-1', 'describe-availability-zones', '--zone-names', 'eu-west-1b');
    equal(
      there.AvailabilityZones.map((one) => [one.RegionName, one.ZoneId]),
      [['eu-west-1', 'euw1-az1']],
      'zone',
    );
  },
  'manyRegions',
);

await check('describe-account-attributes', async () => {
  const { AccountAttributes } = await ec2('describe-account-attributes');
  const values = Object.fromEntries(
    AccountAttributes.map((one) => [one.AttributeName, one.AttributeValues.map((value) => value.AttributeValue)]),
  );
  equal(values['supported-platforms'], ['VPC'], 'supported-platforms');
  matches(values['default-vpc']?.[0], /^vpc-[0-9a-f]{17}$/, 'default-vpc');
  holds(Number(values['vpc-max-elastic-ips']?.[0]) > 0, 'some addresses are allowed');
});

await check('describe-instance-types by filters and in pages', async () => {
  const [wanted, size] = can('catalogue') ? ['m5.xlarge', [4, 16384, 'nitro']] : ['t2.medium', [1, 256, undefined]];
  const [one] = (await ec2('describe-instance-types', '--instance-types', wanted)).InstanceTypes;
  equal([one.VCpuInfo.DefaultVCpus, one.MemoryInfo.SizeInMiB, one.Hypervisor], size, wanted);
  const architecture = can('arm64') ? 'arm64' : 'x86_64';
  const query = filters({ 'vcpu-info.default-vcpus': '2', 'processor-info.supported-architecture': architecture });
  const { InstanceTypes } = await ec2('describe-instance-types', ...query);
  const among = can('catalogue') ? 't4g.micro' : 'm1.medium';
  holds(
    InstanceTypes.some((type) => type.InstanceType === among),
    `${among} is among them`,
  );
  holds(
    InstanceTypes.every((type) => type.VCpuInfo.DefaultVCpus === 2),
    'all have two virtual processors',
  );
  const first = await ec2('describe-instance-types', '--max-items', '7', '--page-size', '5');
  equal([first.InstanceTypes.length, typeof first.NextToken], [7, 'string'], 'first page');
  await refused('InvalidInstanceType', ec2('describe-instance-types', '--instance-types', 'z9.huge'));
});

/** What OpenSSH reads off a private key. */
const publicKeyOf = (file) => execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).trim();
const write = (file, text) => writeFileSync(file, text, { mode: 0o600 });

await check('create-key-pair makes an RSA key that OpenSSH uses', async () => {
  const { KeyMaterial, KeyName, KeyPairId, KeyFingerprint } = await ec2('create-key-pair', '--key-name', 'rsa');
  equal(KeyName, 'rsa', 'KeyName');
  matches(KeyPairId, /^key-[0-9a-f]{17}$/, 'KeyPairId');
  write('rsa.pem', `${KeyMaterial}\n`);
  matches(publicKeyOf('rsa.pem'), /^ssh-rsa /, 'public key');
  const der = execFileSync('openssl', ['pkcs8', '-in', 'rsa.pem', '-nocrypt', '-topk8', '-outform', 'DER']);
  const digest = execFileSync('openssl', ['sha1', '-c'], { input: der, encoding: 'utf8' }).trim();
  equal(KeyFingerprint, digest.split(' ').at(-1), 'KeyFingerprint');
});

await check('create-key-pair makes an ED25519 key for PuTTY', async () => {
  const args = ['create-key-pair', '--key-name', 'putty', '--key-type', 'ed25519', '--key-format', 'ppk'];
  const { KeyMaterial } = await ec2(...args);
  write('putty.ppk', KeyMaterial);
  matches(execFileSync('puttygen', ['putty.ppk', '-L'], { encoding: 'utf8' }), /^ssh-ed25519 /, 'public key');
});

await check('import-key-pair takes the user’s own key', async () => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', 'own', '-C', 'own']);
  const material = ['--public-key-material', 'fileb://own.pub'];
  const { KeyName } = await ec2('import-key-pair', '--key-name', 'own', ...material);
  equal(KeyName, 'own', 'KeyName');
  const [one] = (await ec2('describe-key-pairs', '--key-names', 'own', '--include-public-key')).KeyPairs;
  equal(one.PublicKey.split(' ')[1], readFileSync('own.pub', 'utf8').split(' ')[1], 'PublicKey');
  equal(one.KeyType, 'ed25519', 'KeyType');
  await refused('InvalidKeyPair.Duplicate', ec2('import-key-pair', '--key-name', 'own', ...material));
  await refused('InvalidKey.Format', ec2('import-key-pair', '--key-name', 'bad', '--public-key-material', 'YWJj'));
});

await check('describe-key-pairs by filter and wait key-pair-exists', async () => {
  const { KeyPairs } = await ec2('describe-key-pairs', ...filters({ 'key-name': '*u*,r*' }));
  equal(sorted(KeyPairs.map((one) => one.KeyName)), ['putty', 'rsa'], 'KeyPairs');
  await ec2('wait', 'key-pair-exists', '--key-names', 'rsa', 'own');
});

await check('create-tags, describe-tags and delete-tags', async () => {
  const [key] = (await ec2('describe-key-pairs', '--key-names', 'own')).KeyPairs;
  const [network] = (await ec2('describe-vpcs')).Vpcs;
  const both = ['--resources', key.KeyPairId, network.VpcId];
  await refused('DryRunOperation', ec2('create-tags', ...both, '--tags', 'Key=a,Value=1', '--dry-run'));
  await ec2('create-tags', ...both, '--tags', 'Key=owner,Value="R & D <lab>"', 'Key=empty,Value=');
  const { Tags } = await ec2('describe-tags', ...filters({ key: 'owner', 'resource-type': 'vpc' }));
  const expected = { Key: 'owner', ResourceId: network.VpcId, ResourceType: 'vpc', Value: 'R & D <lab>' };
  equal(Tags, [expected], 'Tags');
  equal((await ec2('describe-tags')).Tags.length, 4, 'number of tags');
  await ec2('delete-tags', ...both, '--tags', 'Key=owner', 'Key=empty,Value=other');
  equal(sorted((await ec2('describe-tags')).Tags.map((tag) => tag.Key)), ['empty', 'empty'], 'keys left');
  await ec2('delete-tags', ...both);
  await refused('InvalidParameterValue', ec2('create-tags', ...both, '--tags', 'Key=aws:mine,Value=1'));
});

await check('delete-key-pair, and nothing is left', async () => {
  for (const name of ['rsa', 'putty', 'own', 'never-was']) await ec2('delete-key-pair', '--key-name', name);
  equal((await ec2('describe-key-pairs')).KeyPairs, [], 'KeyPairs');
  await refused('InvalidKeyPair.NotFound', ec2('describe-key-pairs', '--key-names', 'rsa'));
  equal((await ec2('describe-tags')).Tags, [], 'Tags');
});

await check('a wrong secret and an unknown key are refused', async () => {
  await refused('AuthFailure', ec2With(given('AWS_ACCESS_KEY_ID'), 'a'.repeat(40), 'describe-regions'));
  await refused('AuthFailure', ec2With('AKIAAAAAAAAAAAAAAAAA', 'a'.repeat(40), 'describe-regions'));
});

finish();
