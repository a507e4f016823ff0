import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kill, processesBelow } from '../../../src/drivers/qemu/machines/processes.ts';
import { built, elsewhere, type Program, serve } from '../../serve/program.ts';
import { needQemu } from '../support/cloud.ts';
import { packageFolder } from '../support/guest.ts';

needQemu();

const region = 'local-1';
const data = mkdtempSync(join(tmpdir(), 'elsewhere-mini-'));
const folder = join(data, 'qemu', region);
let server: Program;
let ec2: sdk.EC2Client;
let image: string;
let id: string;

beforeAll(async () => {
  built();
  server = await serve(['--data', data, '--region', `${region}=qemu`]);
  ec2 = new sdk.EC2Client({
    ...{ region, endpoint: `http://127.0.0.1:${server.port}`, maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});

afterAll(async () => {
  server.process.kill('SIGKILL');
  await server.ended;
  for (const pid of (await processesBelow(data)).values()) kill(pid);
  while ((await processesBelow(data)).size > 0) await pause(50);
  rmSync(data, { recursive: true });
});

const consoleText = async (): Promise<string> => {
  const { Output } = await ec2.send(new sdk.GetConsoleOutputCommand({ InstanceId: id, Latest: true }));
  return Buffer.from(Output ?? '', 'base64').toString();
};

/** Waits, for at most a hundred seconds, until the console says it; fails with all that it said. */
async function says(words: RegExp): Promise<string> {
  let text = await consoleText();
  for (const end = Date.now() + 100_000; !words.test(text) && Date.now() < end; text = await consoleText())
    await pause(300);
  expect(text).toMatch(words);
  return text;
}

it('is built beside a server, and offered by it', async () => {
  const { status, stdout, stderr } = elsewhere([
    ...['image', 'build', 'mini', '--data', data, '--packages', packageFolder()],
  ]);
  expect({ status, stdout, stderr }).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^ami-[0-9a-f]{17}\n$/),
  });
  image = stdout.trim();
  const { Images } = await ec2.send(new sdk.DescribeImagesCommand({ ImageIds: [image] }));
  expect(Images).toMatchObject([
    { Name: expect.stringMatching(/^elsewhere-mini-\d/), Architecture: 'x86_64', BootMode: 'legacy-bios' },
  ]);
  expect(Images![0]!.KernelId).toBeUndefined();
  expect(readdirSync(folder).filter((name) => name.startsWith('build-'))).toEqual([]);
});

it('boots from its disk, and does not wait for a network', async () => {
  const asked = { ImageId: image, InstanceType: 't2.nano', MinCount: 1, MaxCount: 1 } as const;
  const { Instances } = await ec2.send(new sdk.RunInstancesCommand(asked));
  id = Instances![0]!.InstanceId!;
  await says(new RegExp(`mini: up ${id} t2\\.nano[\\s\\S]*press Enter`));
});

it('shuts down in order when its power button is pressed', async () => {
  await sdk.waitUntilInstanceRunning({ client: ec2, maxWaitTime: 100, minDelay: 1 }, { InstanceIds: [id] });
  await ec2.send(new sdk.StopInstancesCommand({ InstanceIds: [id] }));
  await sdk.waitUntilInstanceStopped({ client: ec2, maxWaitTime: 100, minDelay: 1 }, { InstanceIds: [id] });
  await says(/mini: shutting down[\s\S]*reboot: Power down/);
});

it('is refused in one line, and leaves nothing, when a package is damaged or the image is unknown', () => {
  const refused = (...args: readonly string[]) => elsewhere(['image', 'build', ...args, '--data', data]);
  expect(refused('maxi')).toMatchObject({ status: 2, stdout: '' });
  expect(refused('maxi').stderr).toBe("elsewhere: there is no image 'maxi' to build; there is mini\n");
  const before = readdirSync(folder).sort();
  const damaged = mkdtempSync(join(data, 'packages-'));
  writeFileSync(join(damaged, 'busybox-static.deb'), 'no package');
  const { status, stdout, stderr } = refused('mini', '--packages', damaged);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^packages 0 %\nelsewhere: dpkg-deb failed: .*busybox-static\.deb.*\n$/);
  expect(readdirSync(folder).sort()).toEqual(before);
});
