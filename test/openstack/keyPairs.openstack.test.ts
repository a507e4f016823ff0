import { createHash } from 'node:crypto';
import type { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { clear, launch, refused, serversNamed, tinyImage } from './support/life.ts';
import { makeProject, type OwnProject } from './support/project.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { admin, demo, demo2, elsewhere } = bed.users;
const name = `own-${Date.now()}`;

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let stranger: EC2;
/** A project with two users: an account of both. */
let project: OwnProject;
let inProject: { readonly one: EC2; readonly other: EC2 };
/** As Nova made it. */
let publicKey: string;

beforeAll(async () => {
  project = await makeProject(bed, await logIn(bed, admin));
  for (const user of [demo, demo2, elsewhere]) await project.allow(user);
  server = await BedServer.start(bed);
  openstack = await logIn(bed, demo);
  [ec2, stranger] = [server.ec2(demo.ec2), server.ec2(demo2.ec2)];
  const [one, other] = [await project.credential(demo), await project.credential(demo2)];
  inProject = { one: server.ec2(one), other: server.ec2(other) };
  const keypair = { name };
  type Made = { readonly keypair: { readonly public_key: string } };
  const made = await openstack.ask<Made>('compute', '/os-keypairs', { method: 'POST', body: { keypair } });
  expect(made.status).toBe(200);
  publicKey = made.body.keypair.public_key;
});
afterAll(async () => {
  await clear(ec2);
  await openstack.ask('compute', `/os-keypairs/${name}`, { method: 'DELETE' });
  await project.remove();
  expect(await server.stop()).toBe(0);
});

const named = async (client: EC2, IncludePublicKey = false) =>
  (await client.describeKeyPairs({ IncludePublicKey })).KeyPairs?.find(({ KeyName }) => KeyName === name);
/** Without a comment. */
const keyIn = (line: string | undefined) => line?.split(' ').slice(0, 2).join(' ');

it('a key pair that a user has in Nova is one of each account that the user acts for, for this user alone', async () => {
  const found = await named(ec2, true);
  expect(found).toMatchObject({ KeyType: 'rsa', KeyPairId: expect.stringMatching(/^key-[0-9a-f]{17}$/) });
  expect(keyIn(found?.PublicKey)).toBe(keyIn(publicKey));
  expect((await named(inProject.one))?.KeyPairId).toBe(found?.KeyPairId);
  // The other user of that project may ask as often as it takes for answers to be kept.
  for (let n = 0; n < 3; n++) {
    expect(await named(inProject.one)).toBeDefined();
    expect(await named(inProject.other)).toBeUndefined();
    expect(await named(stranger)).toBeUndefined();
  }
  await refused('InvalidKeyPair.NotFound', inProject.other.describeKeyPairs({ KeyNames: [name] }));
});

it('it can be launched with by this user, and by nobody else', async () => {
  const ImageId = await tinyImage(ec2, bed);
  const input = { ImageId, KeyName: name, Placement: { AvailabilityZone: bed.zones.default } };
  await refused('InvalidKeyPair.NotFound', launch(stranger, input));
  const id = await launch(ec2, input);
  let there: object | undefined;
  for (; there === undefined; [there] = await serversNamed(openstack, id));
  // Nova has it for the launch as the server's own user's, under a name that comes of the key.
  const digest = createHash('sha256')
    .update(`${keyIn(publicKey)} ${name}`)
    .digest('hex')
    .slice(0, 32);
  expect(there).toMatchObject({ key_name: `elsewhere-${digest}` });
});

it('it is neither made again nor deleted here, and gone when it is gone there', async () => {
  await refused('InvalidKeyPair.Duplicate', ec2.createKeyPair({ KeyName: name }));
  await refused('UnsupportedOperation', ec2.deleteKeyPair({ KeyName: name }));
  await openstack.ask('compute', `/os-keypairs/${name}`, { method: 'DELETE' });
  expect(await named(ec2)).toBeUndefined();
  await ec2.deleteKeyPair({ KeyName: name });
});
