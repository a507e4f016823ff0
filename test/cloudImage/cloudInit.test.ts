import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RealServer } from '../qemu/support/server.ts';

const {
  ELSEWHERE_TEST_CLOUD_IMAGE: file = '',
  ELSEWHERE_TEST_CLOUD_USER: user = 'debian',
  ELSEWHERE_TEST_CLOUD_BOOT_MODE: bootMode = 'legacy-bios',
} = process.env;
if (!existsSync(file)) throw new Error('ELSEWHERE_TEST_CLOUD_IMAGE has to name the file of a cloud image');

const server = new RealServer();
const key = join(server.data, 'key.pem');
/** It has the address by then, and the name, and keys of its own. */
const userData = `#cloud-config
write_files:
  - path: /written
    content: by cloud-init
runcmd:
  - [sh, -c, 'echo "told by $(hostname)" > /dev/ttyS0']
`;
let id: string;

/** What a command prints on the machine, by SSH; or what ssh itself says. */
const ssh = async (command: string): Promise<string> => {
  const { PublicIpAddress } = await server.instance(id);
  const options = ['BatchMode=yes', 'ConnectTimeout=60', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'];
  const args = [...options.flatMap((one) => ['-o', one]), '-o', 'LogLevel=ERROR', '-i', key];
  return new Promise((resolve) => {
    execFile('ssh', [...args, `${user}@${PublicIpAddress}`, command], (_, stdout, stderr) =>
      resolve((stdout + stderr).trim()),
    );
  });
};

/** Waits until the console says it, or the machine has no more time for that; fails with all that it said. */
async function says(words: RegExp): Promise<void> {
  let text = '';
  for (const end = Date.now() + 1_500_000; !words.test(text) && Date.now() < end; await pause(2_000))
    text = await server.consoleText(id);
  expect(text).toMatch(words);
}

beforeAll(async () => {
  await server.start();
  const image = server.imported(file, '--name', 'cloud', '--boot-mode', bootMode);
  const { KeyMaterial } = await server.ec2.send(new sdk.CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' }));
  writeFileSync(key, KeyMaterial!, { mode: 0o600 });
  const asked = { GroupName: 'ssh', Description: 'from this computer' };
  const GroupId = (await server.ec2.send(new sdk.CreateSecurityGroupCommand(asked))).GroupId!;
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  await server.ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  id = await server.launch({
    ...{ ImageId: image, InstanceType: 't3.micro', KeyName: 'mine', SecurityGroupIds: [GroupId] },
    UserData: Buffer.from(userData).toString('base64'),
  });
});
afterAll(() => server.close());

it('boots, and cloud-init runs its user data under the machine’s own name', async () => {
  const { PrivateIpAddress } = await server.instance(id);
  await says(new RegExp(`told by ip-${PrivateIpAddress!.replaceAll('.', '-')}`));
  expect(await ssh('cat /written')).toBe('by cloud-init');
});

it('is EC2 to cloud-init, with nothing that went wrong', async () => {
  expect(await ssh('cloud-init status --wait > /dev/null; cloud-id')).toBe('aws');
  const { v1 } = JSON.parse(await ssh('cat /run/cloud-init/result.json'));
  expect(v1).toMatchObject({ datasource: expect.stringMatching(/^DataSourceEc2/), errors: [] });
});

it('knows of itself what EC2 says of it', async () => {
  const { v1, ds } = JSON.parse(await ssh('sudo cat /run/cloud-init/instance-data-sensitive.json'));
  const { Placement, PrivateIpAddress, InstanceType, ImageId } = await server.instance(id);
  expect(v1).toMatchObject({
    ...{ cloud_name: 'aws', instance_id: id, region: Placement!.AvailabilityZone!.slice(0, -1) },
    availability_zone: Placement!.AvailabilityZone,
  });
  expect(ds['meta-data'] ?? ds.meta_data).toMatchObject({
    ...{ 'instance-id': id, 'instance-type': InstanceType, 'ami-id': ImageId, 'local-ipv4': PrivateIpAddress },
  });
  expect(ds.dynamic['instance-identity'].document).toMatchObject({ instanceId: id, imageId: ImageId });
});
