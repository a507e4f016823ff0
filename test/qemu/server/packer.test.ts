import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onPath } from '../../../src/drivers/qemu/host.ts';
import { elsewhere } from '../../serve/program.ts';
import { packageFolder } from '../support/guest.ts';
import { RealServer, region } from '../support/server.ts';

const server = new RealServer();
let image: string;

beforeAll(async () => {
  if (onPath('packer') === undefined) throw new Error('this test needs Packer: apt-get install packer');
  await server.start();
  const made = elsewhere(['image', 'build', 'mini', '--data', server.data, '--packages', packageFolder()]);
  expect(made).toMatchObject({ status: 0 });
  image = made.stdout.trim();
});
afterAll(() => server.close());

/** Runs Packer on a template, in a folder of its own; gives what it said. */
function packer(template: object): Promise<{ readonly code: number; readonly said: string }> {
  const folder = join(server.data, 'packer');
  mkdirSync(folder);
  writeFileSync(join(folder, 'template.json'), JSON.stringify(template));
  const env = {
    ...process.env,
    HOME: folder,
    CHECKPOINT_DISABLE: '1',
    PACKER_CACHE_DIR: folder,
    AWS_POLL_DELAY_SECONDS: '1',
  };
  return new Promise((resolve) => {
    const args = ['build', '-machine-readable', '-color=false', 'template.json'];
    execFile('packer', args, { cwd: folder, env, timeout: 110_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: stdout + stderr }),
    );
  });
}

it('Packer boots a machine, provisions it by SSH, and makes an image that holds what it did', async () => {
  const builder = {
    type: 'amazon-ebs',
    ...{ access_key: 'test', secret_key: 'test', region, skip_region_validation: true },
    ...{ custom_endpoint_ec2: `http://127.0.0.1:${server.program.port}`, skip_metadata_api_check: true },
    ...{ source_ami: image, instance_type: 't2.nano', ami_name: 'by packer' },
    ...{ ssh_username: 'root', ssh_interface: 'public_ip', ssh_file_transfer_method: 'sftp' },
    // Who the computer is to its machines; Packer would ask the world.
    temporary_security_group_source_cidrs: ['203.0.113.1/32'],
    tags: { Name: 'by packer' },
  };
  const provisioners = [{ type: 'shell', inline: ['echo packed > /packed', 'sync'] }];
  const { code, said } = await packer({ builders: [builder], provisioners });
  expect([code, said.slice(-3_000)]).toEqual([0, expect.stringContaining('artifact,0,id')]);
  const { Images } = await server.ec2.send(new sdk.DescribeImagesCommand({ Owners: ['self'] }));
  expect(Images).toMatchObject([
    { Name: 'by packer', State: 'available', Tags: [{ Key: 'Name', Value: 'by packer' }] },
  ]);
  const userData = Buffer.from('#!/bin/sh\necho "it is $(cat /packed)"\n').toString('base64');
  const id = await server.launch({ ImageId: Images![0]!.ImageId!, UserData: userData });
  await server.says(id, /it is packed/);
});

it('and leaves nothing else behind', async () => {
  const { KeyPairs } = await server.ec2.send(new sdk.DescribeKeyPairsCommand({}));
  const { SecurityGroups } = await server.ec2.send(new sdk.DescribeSecurityGroupsCommand({}));
  expect([KeyPairs, SecurityGroups!.map(({ GroupName }) => GroupName)]).toEqual([[], ['default']]);
});
