import { type EC2, waitUntilInstanceRunning } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { answerMember, fill, imageIn, makeImage, membersOf, patchImage, removeImage } from './support/glance.ts';
import { clear, launch, patience, refused, serversNamed, shown, tinyImage, until } from './support/life.ts';
import { BedServer, type Credential } from './support/server.ts';
import { ask, logIn, type Session } from './support/session.ts';

const bed = described();
const { demo, demo2 } = bed.users;
const [fake] = bed.zones.compute as [string, string];
const Placement = { AvailabilityZone: fake };

let server: BedServer;
let openstack: Session;
let elsewhere: Session;
let ec2: EC2;
let stranger: EC2;
let account: string;
let other: string;
/** Glance's ids of what a test has made. */
const made: string[] = [];

beforeAll(async () => {
  server = await BedServer.start(bed);
  [openstack, elsewhere] = await Promise.all([logIn(bed, demo), logIn(bed, demo2)]);
  [ec2, stranger] = [server.ec2(demo.ec2), server.ec2(demo2.ec2)];
  // The first look at a cloud may take longer than a request waits for it.
  await Promise.all([ec2, stranger].map((client) => client.describeImages({})));
  [account, other] = (await Promise.all([server.accountOf(demo.ec2), server.accountOf(demo2.ec2)])) as [string, string];
});
afterEach(async () => {
  await clear(ec2);
  await clear(stranger);
  for (const id of made.splice(0)) {
    if ((await imageIn(openstack, id))?.protected)
      await patchImage(openstack, id, [{ op: 'replace', path: '/protected', value: false }]);
    await removeImage(openstack, id);
  }
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

async function make(
  name: string,
  more: Readonly<Record<string, unknown>> = {},
  bytes?: Uint8Array<ArrayBuffer> | null,
) {
  const image = await makeImage(openstack, name, more, bytes);
  made.push(image.id);
  return image;
}

const list = async (client: EC2, input: object = {}) => (await client.describeImages(input)).Images ?? [];
const named = async (client: EC2, name: string) =>
  (await list(client, { Filters: [{ Name: 'name', Values: [name] }] }))[0];
const visible = async (client: EC2, id: string): Promise<boolean> =>
  (await list(client)).some(({ ImageId }) => ImageId === id);

describe('an image that the project has', () => {
  it('is there at the next call, changes and goes, and is nobody else’s', async () => {
    const image = await make('changing', {}, null);
    const first = (await named(ec2, 'changing'))!;
    expect(first).toMatchObject({ State: 'pending', OwnerId: account, Public: false, ImageType: 'machine' });
    await fill(openstack, image.id, new Uint8Array(2_048));
    expect(await named(ec2, 'changing')).toMatchObject({ ImageId: first.ImageId, State: 'available' });
    const properties = [{ op: 'replace', path: '/name', value: 'changed' }];
    await patchImage(openstack, image.id, properties);
    expect((await list(ec2, { ImageIds: [first.ImageId!] }))[0]).toMatchObject({ Name: 'changed' });
    expect(await list(ec2, { Owners: ['self'] })).toHaveLength(1);
    expect(await visible(stranger, first.ImageId!)).toBe(false);
    await refused('InvalidAMIID.NotFound', stranger.describeImages({ ImageIds: [first.ImageId!] }));
    await refused('InvalidAMIID.NotFound', launch(stranger, { ImageId: first.ImageId!, Placement }));
    await removeImage(openstack, image.id);
    expect(await named(ec2, 'changed')).toBeUndefined();
  });

  it('can be launched, and deregistered, which deletes it in Glance', async () => {
    const image = await make('mine');
    const { ImageId } = (await named(ec2, 'mine'))!;
    const id = await launch(ec2, { ImageId: ImageId!, Placement });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    expect(await shown(ec2, id)).toMatchObject({ ImageId, State: { Name: 'running' } });
    const [server] = await serversNamed(openstack, id);
    expect((server as unknown as { image: { id: string } }).image.id).toBe(image.id);
    await ec2.deregisterImage({ ImageId: ImageId! });
    await until(
      () => imageIn(openstack, image.id),
      (found) => found === undefined,
    );
    expect((await ec2.describeImages({ ImageIds: [ImageId!] })).Images).toEqual([]);
    expect(await visible(ec2, ImageId!)).toBe(false);
  });

  it('that is protected stays', async () => {
    const image = await make('guarded', { protected: true });
    const { ImageId, DeregistrationProtection } = (await named(ec2, 'guarded'))!;
    expect(DeregistrationProtection).toBe('enabled');
    await refused('OperationNotPermitted', ec2.deregisterImage({ ImageId: ImageId! }));
    await patchImage(openstack, image.id, [{ op: 'replace', path: '/protected', value: false }]);
    await ec2.deregisterImage({ ImageId: ImageId! });
    await until(
      () => imageIn(openstack, image.id),
      (found) => found === undefined,
    );
  });

  it('says what cannot be done with what is public and another’s', async () => {
    const ImageId = await tinyImage(ec2, bed);
    await refused('AuthFailure', ec2.deregisterImage({ ImageId }));
    await refused('AuthFailure', ec2.resetImageAttribute({ ImageId, Attribute: 'launchPermission' }));
    expect((await list(ec2)).filter((image) => image.ImageId === ImageId)).toHaveLength(1);
  });
});

describe('an image that is shared', () => {
  it('by Glance’s members is there for the project, until it says no', async () => {
    const image = await make('for you', { visibility: 'shared' });
    const { ImageId } = (await named(ec2, 'for you'))!;
    expect(await visible(stranger, ImageId!)).toBe(false);
    const member = elsewhere.token.project.id;
    await openstack.ask('image', `/v2/images/${image.id}/members`, { method: 'POST', body: { member } });
    // What others share, and no longer share, shows within 15 s.
    const shows = (isThere: boolean) =>
      until(
        () => visible(stranger, ImageId!),
        (found) => found === isThere,
        30,
      );
    await shows(true);
    expect(await named(stranger, 'for you')).toMatchObject({ ImageId, OwnerId: account, Public: false });
    await answerMember(elsewhere, image.id, 'rejected');
    await shows(false);
    await answerMember(elsewhere, image.id, 'accepted');
    await shows(true);
    expect(await list(stranger, { ExecutableUsers: ['self'] })).toMatchObject([{ ImageId }]);
    expect(await list(stranger, { Owners: ['self'] })).toEqual([]);
    await refused('AuthFailure', stranger.deregisterImage({ ImageId: ImageId! }));
    await refused('AuthFailure', share(stranger, ImageId!, other));
    const id = await launch(stranger, { ImageId: ImageId!, Placement });
    await waitUntilInstanceRunning(patience(stranger), { InstanceIds: [id] });
    const { LaunchPermissions } = await permissions(ec2, ImageId!);
    expect(LaunchPermissions).toEqual([{ UserId: other }]);
    await openstack.ask('image', `/v2/images/${image.id}/members/${member}`, { method: 'DELETE' });
    await shows(false);
  });

  it('by a launch permission has the account’s project as a member, and loses it again', async () => {
    const image = await make('permitted', { visibility: 'private' });
    const { ImageId } = (await named(ec2, 'permitted'))!;
    await share(ec2, ImageId!, other);
    await until(
      () => membersOf(openstack, image.id),
      (members) => elsewhere.token.project.id in members,
    );
    expect((await imageIn(openstack, image.id))?.visibility).toBe('shared');
    await until(
      () => named(stranger, 'permitted'),
      (found) => found?.ImageId === ImageId,
    );
    expect((await permissions(ec2, ImageId!)).LaunchPermissions).toEqual([{ UserId: other }]);
    await ec2.resetImageAttribute({ ImageId: ImageId!, Attribute: 'launchPermission' });
    await until(
      () => named(stranger, 'permitted'),
      (found) => found === undefined,
    );
    expect(await membersOf(openstack, image.id)).toEqual({});
  });

  it('with nobody that the cloud does not know, nor with everybody', async () => {
    await make('not for all');
    const { ImageId } = (await named(ec2, 'not for all'))!;
    await refused('InvalidAMIAttributeItemValue', share(ec2, ImageId!, '123456789012'));
    const LaunchPermission = { Add: [{ Group: 'all' as const }] };
    await refused('OperationNotPermitted', ec2.modifyImageAttribute({ ImageId: ImageId!, LaunchPermission }));
    expect((await permissions(ec2, ImageId!)).LaunchPermissions).toEqual([]);
  });
});

describe('a kernel and a ramdisk', () => {
  it('are images of their own, and boot the image that has them', async () => {
    const kernel = await make('a kernel', { container_format: 'aki', disk_format: 'aki' });
    const ramdisk = await make('a ramdisk', { container_format: 'ari', disk_format: 'ari' });
    await make('a machine', {
      ...{ container_format: 'ami', disk_format: 'ami' },
      ...{ kernel_id: kernel.id, ramdisk_id: ramdisk.id },
    });
    const [aki, ari] = [await named(ec2, 'a kernel'), await named(ec2, 'a ramdisk')];
    expect(aki).toMatchObject({ ImageType: 'kernel', ImageId: expect.stringMatching(/^aki-/) });
    expect(ari).toMatchObject({ ImageType: 'ramdisk', ImageId: expect.stringMatching(/^ari-/) });
    const [KernelId, RamdiskId] = [aki!.ImageId, ari!.ImageId];
    const machine = await named(ec2, 'a machine');
    expect(machine).toMatchObject({ ImageType: 'machine', KernelId, RamdiskId, VirtualizationType: 'paravirtual' });
    const ImageId = machine!.ImageId!;
    expect(await list(ec2, { Filters: [{ Name: 'kernel-id', Values: [KernelId!] }] })).toMatchObject([{ ImageId }]);
    const id = await launch(ec2, { ImageId, KernelId, Placement });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    expect(await shown(ec2, id)).toMatchObject({ ImageId, KernelId, RamdiskId });
    await make('another kernel', { container_format: 'aki', disk_format: 'aki' });
    const another = (await named(ec2, 'another kernel'))!.ImageId;
    await refused('Unsupported', launch(ec2, { ImageId, KernelId: another, Placement }));
  });
});

describe('a public image', () => {
  const everybody = { Add: [{ Group: 'all' as const }] };

  it('is one where Glance lets its owner make it so, and is listed once, for the owner and for others', async () => {
    const { elsewhere: administrator } = bed.users;
    const session = await logIn(bed, administrator);
    const credentials = `${bed.authUrl}/users/${session.token.user.id}/credentials/OS-EC2`;
    const asked = { method: 'POST', token: session.id, body: { tenant_id: session.token.project.id } };
    const { access, secret } = (await ask<{ credential: Credential }>(credentials, asked)).body.credential;
    const owner = server.ec2({ access, secret });
    const image = await makeImage(session, 'for everybody');
    try {
      // The first look at a cloud may take longer than a request waits for it.
      const { ImageId, OwnerId } = (await until(
        () => named(owner, 'for everybody'),
        (one) => one !== undefined,
      ))!;
      await owner.modifyImageAttribute({ ImageId: ImageId!, LaunchPermission: everybody });
      const found = await until(
        () => named(stranger, 'for everybody'),
        (one) => one !== undefined,
      );
      expect(found).toMatchObject({ ImageId, OwnerId, Public: true });
      const lists = await Promise.all([owner, stranger].map((client) => list(client)));
      for (const all of lists) expect(all.filter((one) => one.ImageId === ImageId)).toHaveLength(1);
      await refused('AuthFailure', stranger.deregisterImage({ ImageId: ImageId! }));
      await owner.resetImageAttribute({ ImageId: ImageId!, Attribute: 'launchPermission' });
      await until(
        () => visible(stranger, ImageId!),
        (seen) => !seen,
      );
      expect(await named(owner, 'for everybody')).toMatchObject({ ImageId, Public: false });
    } finally {
      await removeImage(session, image.id);
      await ask(`${credentials}/${access}`, { method: 'DELETE', token: session.id });
    }
  });
});

const share = (client: EC2, ImageId: string, UserId: string) =>
  client.modifyImageAttribute({ ImageId, LaunchPermission: { Add: [{ UserId }] } });
const permissions = (client: EC2, ImageId: string) =>
  client.describeImageAttribute({ ImageId, Attribute: 'launchPermission' });
