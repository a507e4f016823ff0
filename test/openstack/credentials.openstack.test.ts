import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntilVolumeAvailable } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BedUser, bed as described } from './support/bed.ts';
import { clear, marked, patience, refused, until } from './support/life.ts';
import { makeProject, type OwnProject } from './support/project.ts';
import { BedServer, type Credential } from './support/server.ts';
import { ask, logIn, type Session } from './support/session.ts';

const bed = described();
const { demo, elsewhere: service } = bed.users;

/** An application credential, as Keystone tells it once. */
interface Made {
  readonly id: string;
  readonly secret: string;
  remove(): Promise<void>;
}

async function credentialOf(user: BedUser, session: Session): Promise<Made> {
  const url = `${bed.authUrl}/users/${user.id}/application_credentials`;
  type Answer = { readonly application_credential: { readonly id: string; readonly secret: string } };
  const body = { application_credential: { name: `test-${Date.now()}` } };
  const made = await ask<Answer>(url, { method: 'POST', token: session.id, body });
  expect(made.status).toBe(201);
  const { id, secret } = made.body.application_credential;
  const remove = async () => void (await ask(`${url}/${id}`, { method: 'DELETE', token: session.id }));
  return { id, secret, remove };
}

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-credentials-'));
let project: OwnProject;
let ofService: Made;
let ofProject: Made;
let inProject: Session;
let keys: Credential;
let server: BedServer;

beforeAll(async () => {
  const admin = await logIn(bed, bed.users.admin);
  project = await makeProject(bed, admin);
  await project.allow(demo);
  keys = await project.credential(demo);
  inProject = await logIn(bed, project.user(demo));
  ofProject = await credentialOf(demo, inProject);
  ofService = await credentialOf(service, await logIn(bed, service));
  const path = join(folder, 'project.yaml');
  writeFileSync(path, `id: ${ofProject.id}\nname: for EC2\nsecret: ${ofProject.secret}\n`);
  const clouds = join(folder, 'clouds.yaml');
  const auth = {
    auth_url: bed.authUrl,
    application_credential_id: ofService.id,
    application_credential_secret: ofService.secret,
  };
  const entry = { auth_type: 'v3applicationcredential', region_name: bed.region, auth };
  writeFileSync(clouds, JSON.stringify({ clouds: { elsewhere: entry } }));
  server = await BedServer.start(bed, { clouds, credentials: { [project.id]: path } });
});
afterAll(async () => {
  await server?.stop();
  await ofService?.remove();
  await project?.remove();
  rmSync(folder, { recursive: true });
});

it('a project is worked in by the application credential of it, in the name of who made that', async () => {
  const ec2 = server.ec2(keys);
  expect((await ec2.describeInstances({})).Reservations).toEqual([]);
  const asked = { AvailabilityZone: bed.zones.default, Size: 1, ...marked('volume') };
  const { VolumeId } = await ec2.createVolume(asked);
  await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [VolumeId!] });
  type Volumes = { readonly volumes: readonly { readonly name: string; readonly user_id: string }[] };
  const { body } = await inProject.ask<Volumes>('volumev3', '/volumes/detail');
  expect(body.volumes).toMatchObject([{ name: VolumeId, user_id: demo.id }]);
  await clear(ec2);
});

it('one of the server’s user is good for asking who signed, and for no other project', async () => {
  await refused('UnauthorizedOperation', server.ec2(demo.ec2).describeVpcs({}));
  expect((await fetch(`${server.endpoint}/readyz`)).status).toBe(200);
});

it('one that was taken back is refused, as soon as a new token is needed', async () => {
  await ofProject.remove();
  await server.kill();
  await server.start();
  const again = server.ec2(keys);
  expect((await again.describeInstances({})).Reservations).toEqual([]);
  const { VolumeId } = await again.createVolume({ AvailabilityZone: bed.zones.default, Size: 1, ...marked('volume') });
  const states = async () => (await again.describeVolumes({ VolumeIds: [VolumeId!] })).Volumes![0]!.State;
  expect(await until(states, (state) => state !== 'creating')).toBe('error');
});
