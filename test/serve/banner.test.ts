import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { built, type Program, root, serve } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-banner-'));
let server: Program;

/** In the place of aws-cli: asks what it is told to ask, where it is told, with the keys and the region of the environment. */
const aws = `#!/usr/bin/env node
import { pathToFileURL } from 'node:url';
const { EC2 } = await import(pathToFileURL(${JSON.stringify(join(root, 'node_modules/@aws-sdk/client-ec2/dist-cjs/index.js'))}).href);
const [option, endpoint, service, command] = process.argv.slice(2);
if (option !== '--endpoint-url' || service !== 'ec2' || command !== 'describe-instances') process.exit(2);
const region = process.env.AWS_DEFAULT_REGION;
const ask = async (ec2) => [(await ec2.describeInstances({})).Reservations, (await ec2.describeAvailabilityZones({})).AvailabilityZones[0].RegionName];
// The second finds the endpoint where newer clients look.
for (const ec2 of [new EC2({ region, endpoint }), new EC2({ region })]) console.log(JSON.stringify(await ask(ec2)));
console.log(process.env.AWS_ENDPOINT_URL === endpoint);
`;

beforeAll(async () => {
  built();
  writeFileSync(join(folder, 'aws'), aws.replace('#!/usr/bin/env node', `#!${process.execPath}`));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  chmodSync(join(folder, 'aws'), 0o755);
  server = await serve(['--memory', '--region', 'lab-1=simulator']);
});
afterAll(async () => {
  server.process.kill();
  await server.ended;
  rmSync(folder, { recursive: true });
});

it('names the driver of the region', () => {
  expect(server.banner).toMatch(/^ {2}region {4}lab-1$/m);
  expect(server.banner).toMatch(/^ {2}driver {4}simulator$/m);
});

it('its two lines, pasted into a shell, reach the server', () => {
  const lines = server.banner.split('Paste into a shell:')[1]!.trim().split('\n');
  expect(lines).toHaveLength(2);
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
  const env = { ...clean, PATH: `${folder}${delimiter}${process.env.PATH}`, HOME: folder, NODE_NO_WARNINGS: '1' };
  const run = spawnSync('sh', ['-e'], { input: `${lines.join('\n')}\n`, encoding: 'utf8', env });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout.trim().split('\n')).toEqual(['[[],"lab-1"]', '[[],"lab-1"]', 'true']);
});
