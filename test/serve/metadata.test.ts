import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccount, createKey } from '../../src/cloud/identity/accounts.ts';
import { pathSecret } from '../../src/fronts/metadata/path.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { elsewhere } from './program.ts';
import { exchange } from './rawClient.ts';
import { type Running, startServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-metadata-'));
const region = 'eu-west-1';
const userData = 'only for the instance';

let open: Running;
let keyed: Running;
let openInstance: string;
let keyedInstance: string;

async function launch(server: Running, accessKeyId: string, secretAccessKey: string): Promise<string> {
  const credentials = { accessKeyId, secretAccessKey };
  const ec2 = new EC2({ endpoint: server.endpoint, region, credentials, maxAttempts: 1 });
  const { Images } = await ec2.describeImages({
    Filters: [
      { Name: 'root-device-type', Values: ['ebs'] },
      { Name: 'architecture', Values: ['x86_64'] },
    ],
  });
  const { Instances } = await ec2.runInstances({
    ImageId: Images![0]!.ImageId!,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    UserData: Buffer.from(userData).toString('base64'),
    MetadataOptions: { HttpTokens: 'optional' },
  });
  return Instances![0]!.InstanceId!;
}

const keyFile = join(folder, 'secret.key');
beforeAll(async () => {
  open = await startServer();
  openInstance = await launch(open, 'test', 'test');
  const store = await openSqlite({ file: ':memory:' });
  keyed = await startServer({ flags: { auth: 'keys', keyFile }, store });
  await createAccount(keyed.parts.world, 'a', '111122223333');
  const { accessKeyId, secretAccessKey } = await createKey(keyed.parts.world, '111122223333');
  keyedInstance = await launch(keyed, accessKeyId, secretAccessKey);
});
afterAll(async () => {
  await open.close();
  await keyed.close();
  rmSync(folder, { recursive: true });
});

/** A raw GET with these headers. */
const get = (server: Running, path: string, headers: readonly string[] = ['Host: 127.0.0.1']) =>
  exchange(server.port, `GET ${path} HTTP/1.1\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`);
const below = (instance: string) => `/_elsewhere/metadata/${instance}`;
const secretOf = (server: Running, instance: string) => pathSecret(server.parts.world.tokenKey, instance);

describe('the metadata of an instance at the port of the APIs', () => {
  it('is for this computer in open mode', async () => {
    const answer = await get(open, `${below(openInstance)}/latest/user-data`);
    expect(answer).toMatchObject({ status: 200, body: userData });
    expect(answer!.headers['access-control-allow-origin']).toBeUndefined();
    expect((await get(open, below(openInstance)))!.body).toMatch(/\nlatest$/);
    expect((await get(open, `http://localhost${below(openInstance)}/latest/user-data`))!.status).toBe(200);
  });

  it('has tokens', async () => {
    const at = `${open.endpoint}${below(openInstance)}/latest/`;
    const headers = { 'X-aws-ec2-metadata-token-ttl-seconds': '60' };
    const token = await (await fetch(`${at}api/token`, { method: 'PUT', headers })).text();
    const ask = (value: string) => fetch(`${at}user-data`, { headers: { 'X-aws-ec2-metadata-token': value } });
    expect([(await ask(token)).status, (await ask(`${token}x`)).status]).toEqual([200, 401]);
    const forwarded = { ...headers, 'X-Forwarded-For': '10.0.0.1' };
    expect((await fetch(`${at}api/token`, { method: 'PUT', headers: forwarded })).status).toBe(403);
  });

  it.each([
    [['Host: evil.example']],
    [['Host: 127.0.0.1', 'Origin: http://127.0.0.1']],
    [['Host: 127.0.0.1', 'Sec-Fetch-Site: none']],
  ])('is for no page in a browser: %j', async (headers) => {
    const answer = await get(open, `${below(openInstance)}/latest/user-data`, headers);
    expect(answer!.status).toBe(403);
    expect(answer!.body).not.toContain(userData);
  });

  it('is for nobody without the secret of the path elsewhere', async () => {
    const secret = secretOf(keyed, keyedInstance);
    const way = '/latest/user-data';
    expect(await get(keyed, `${below(keyedInstance)}.${secret}${way}`)).toMatchObject({ status: 200, body: userData });
    expect((await get(keyed, `${below(keyedInstance)}.${secret}${way}`, ['Host: ec2.example']))!.status).toBe(200);
    const others = [
      '',
      `.${secretOf(keyed, 'i-0123456789abcdef0')}`,
      `.${secretOf(open, keyedInstance)}`,
      `.${secret.slice(1)}${secret[0]}`,
    ];
    for (const other of others)
      expect([other, (await get(keyed, `${below(keyedInstance)}${other}${way}`))!.status]).toEqual([other, 403]);
    for (const other of ['.', `.${secret}x`, '.%2e'])
      expect((await get(keyed, `${below(keyedInstance)}${other}${way}`))!.status).toBe(404);
    // Where nothing is, one has to have the secret to know.
    expect((await get(keyed, `${below('i-0123456789abcdef0')}${way}`))!.status).toBe(403);
    const none = `${below('i-0123456789abcdef0')}.${secretOf(keyed, 'i-0123456789abcdef0')}`;
    expect((await get(keyed, `${none}${way}`))!.status).toBe(404);
    expect(JSON.stringify(keyed.lines)).not.toContain(secret);
  });

  it('is what `elsewhere env` prints for whoever has the key file', () => {
    const { stdout, status } = elsewhere(
      ['env', '--port', String(keyed.port), '--memory', '--instance', keyedInstance],
      {
        ELSEWHERE_KEY_FILE: keyFile,
      },
    );
    const endpoint = `${keyed.endpoint}${below(keyedInstance)}.${secretOf(keyed, keyedInstance)}/`;
    expect([status, stdout]).toEqual([0, expect.stringContaining(`AWS_EC2_METADATA_SERVICE_ENDPOINT='${endpoint}'`)]);
    const keyless = elsewhere(['env', '--memory', '--instance', openInstance]).stdout;
    expect(keyless).toContain(`/_elsewhere/metadata/${openInstance}/'`);
    const wrong = elsewhere(['env', '--memory', '--instance', 'i-x']);
    expect([wrong.status, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('--instance must be the id of an instance'),
    ]);
  });
});

describe('the certificate', () => {
  it('is for everyone', async () => {
    for (const server of [open, keyed]) {
      const answer = await get(server, '/_elsewhere/metadata/certificate');
      expect(answer!.status).toBe(200);
      expect(answer!.body).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\n$/);
    }
    const answer = await fetch(`${open.endpoint}/_elsewhere/metadata/certificate`, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});
