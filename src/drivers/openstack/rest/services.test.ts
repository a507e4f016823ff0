import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as cinder from './cinder.ts';
import * as glance from './glance.ts';
import * as neutron from './neutron.ts';
import * as nova from './nova.ts';
import { type PretendCloud, pretendCloud } from './pretendCloud.fixture.ts';
import type { Session } from './session.ts';

let cloud: PretendCloud;
let session: Session;
beforeEach(async () => {
  cloud = await pretendCloud();
  session = cloud.session();
});
afterEach(() => cloud.close());

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const things: T[] = [];
  for await (const thing of list) things.push(thing);
  return things;
}
const missing = { status: 404, body: { itemNotFound: { code: 404, message: 'no' } } };

describe('what is not there', () => {
  it('is undefined, or false', async () => {
    cloud.answer('GET /compute/v2.1/servers/s', missing);
    cloud.answer('DELETE /compute/v2.1/servers/s', missing);
    cloud.answer('GET /image/v2/images/i', { status: 404, text: '<h1>404</h1>No image' });
    cloud.answer('GET /compute/v2.1/servers/s/os-volume_attachments', missing);
    expect(await nova.server(session, 's')).toBeUndefined();
    expect(await nova.deleteServer(session, 's')).toBe(false);
    expect(await glance.image(session, 'i')).toBeUndefined();
    expect(await nova.volumeAttachments(session, 's')).toBeUndefined();
  });

  it('is unknown when the 404 is not of the service, or the answer of something else', async () => {
    cloud.answer('GET /compute/v2.1/servers/s', { status: 404, headers: { 'x-openstack-request-id': '' } });
    cloud.answer('GET /volume/v3/p1/volumes/v', {
      text: '<html>Welcome</html>',
      headers: { 'content-type': 'text/html' },
    });
    await expect(nova.server(session, 's')).rejects.toMatchObject({ trouble: 'unavailable' });
    await expect(cinder.volume(session, 'v')).rejects.toMatchObject({ trouble: 'unavailable' });
  });
});

describe('lists', () => {
  it('follow links of Nova by their query alone', async () => {
    const next = 'http://inside:8774/v2.1/servers/detail?limit=1&marker=a&status=ACTIVE';
    cloud.answer(
      'GET /compute/v2.1/servers/detail',
      { body: { servers: [{ id: 'a' }], servers_links: [{ rel: 'next', href: next }] } },
      { body: { servers: [{ id: 'b' }] } },
    );
    expect(await all(nova.servers(session, { limit: 1, status: 'ACTIVE', name: undefined }))).toEqual([
      { id: 'a' },
      { id: 'b' },
    ]);
    const [first, second] = cloud.sent('GET /compute/v2.1/servers/detail');
    expect(first?.query.toString()).toBe('limit=1&status=ACTIVE');
    expect(second?.query.toString()).toBe('limit=1&marker=a&status=ACTIVE');
    expect(second?.headers['x-openstack-nova-api-version']).toBe('2.69');
  });

  it('follow next of Glance and links of Neutron', async () => {
    cloud.answer(
      'GET /image/v2/images',
      { body: { images: [1], next: '/v2/images?marker=1' } },
      { body: { images: [2] } },
    );
    const ports_links = [
      { rel: 'previous', href: 'x' },
      { rel: 'next', href: 'http://n/v2.0/ports?marker=1&id=x&id=y' },
    ];
    cloud.answer(
      'GET /network/v2.0/ports',
      { body: { ports: [1], ports_links } },
      { body: { ports: [2], ports_links: [] } },
    );
    expect(await all(glance.images(session))).toEqual([1, 2]);
    expect(await all(neutron.ports.list(session, { id: ['x', 'y'] }))).toEqual([1, 2]);
    expect(cloud.sent('GET /network/v2.0/ports')[1]?.query.getAll('id')).toEqual(['x', 'y']);
  });

  it('do not go round for ever', async () => {
    cloud.answer('GET /image/v2/images', { body: { images: [1], next: '/v2/images?marker=1' } });
    await expect(all(glance.images(session))).rejects.toMatchObject({ trouble: 'unavailable' });
    expect(cloud.sent('GET /image/v2/images')).toHaveLength(2);
  });

  it('ask no further than they are read', async () => {
    cloud.answer('GET /image/v2/images', { body: { images: [1, 2], next: '/v2/images?marker=2' } });
    for await (const one of glance.images(session)) if (Number(one) === 2) break;
    expect(cloud.sent('GET /image/v2/images')).toHaveLength(1);
  });
});

describe('Nova', () => {
  const sent = (request: string) =>
    cloud.sent(request).map(({ body, headers }) => [JSON.parse(body), headers['x-openstack-nova-api-version']]);

  it('a server is made with the lowest version that knows what is asked', async () => {
    cloud.answer('POST /compute/v2.1/servers', { status: 202, body: { server: { id: 's' } } });
    const base = { name: 'n', flavorRef: '1', networks: [{ port: 'p' }] };
    const disk = {
      source_type: 'image',
      destination_type: 'volume',
      uuid: 'i',
      boot_index: 0,
      volume_size: 1,
    } as const;
    expect(await nova.createServer(session, base)).toEqual({ id: 's' });
    await nova.createServer(session, { ...base, block_device_mapping_v2: [disk] });
    await nova.createServer(session, { ...base, block_device_mapping_v2: [{ ...disk, volume_type: 'gp3' }] });
    await nova.createServer(session, { ...base, hostname: 'h' });
    expect(sent('POST /compute/v2.1/servers').map(([, version]) => version)).toEqual(['2.37', '2.37', '2.67', '2.90']);
    expect(sent('POST /compute/v2.1/servers')[0]).toEqual([{ server: base }, '2.37']);
  });

  it('attachments and their end', async () => {
    const path = '/compute/v2.1/servers/s/os-volume_attachments';
    cloud.answer(`POST ${path}`, { body: { volumeAttachment: { volumeId: 'v' } } });
    cloud.answer(`PUT ${path}/v`, { status: 202 });
    await nova.attachVolume(session, 's', { volumeId: 'v' });
    await nova.attachVolume(session, 's', { volumeId: 'v', delete_on_termination: true });
    await nova.updateVolumeAttachment(session, 's', 'v', false);
    expect(sent(`POST ${path}`).map(([, version]) => version)).toEqual([undefined, '2.79']);
    expect(sent(`PUT ${path}/v`)).toEqual([
      [{ volumeAttachment: { volumeId: 'v', delete_on_termination: false } }, '2.85'],
    ]);
  });

  it('actions, console, image, key pairs', async () => {
    cloud.answer(
      'POST /compute/v2.1/servers/s/action',
      { status: 202 },
      { body: { output: 'hello' } },
      { body: { image_id: 'i' } },
    );
    cloud.answer('GET /compute/v2.1/os-keypairs', { body: { keypairs: [{ keypair: { name: 'k' } }] } });
    cloud.answer('GET /compute/v2.1/os-keypairs/a%20b', { body: { keypair: { name: 'a b' } } });
    await nova.serverAction(session, 's', { reboot: { type: 'HARD' } });
    expect(await nova.consoleOutput(session, 's', 5)).toBe('hello');
    expect(await nova.createServerImage(session, 's', { name: 'n' })).toBe('i');
    expect(await all(nova.keyPairs(session))).toEqual([{ name: 'k' }]);
    expect(await nova.keyPair(session, 'a b', 'u')).toEqual({ name: 'a b' });
    expect(cloud.seen.at(-1)?.query.get('user_id')).toBe('u');
    expect(cloud.seen.at(-1)?.headers['x-openstack-nova-api-version']).toBe('2.10');
  });
});

describe('Cinder', () => {
  it('compares times and metadata with the version that can', async () => {
    cloud.answer('GET /volume/v3/p1/volumes/detail', { body: { volumes: [] } });
    cloud.answer('GET /volume/v3/p1/snapshots/detail', { body: { snapshots: [] } });
    await all(cinder.volumes(session, { status: 'error' }));
    await all(cinder.volumes(session, { updated_at: 'gte:2026-01-01T00:00:00' }));
    await all(cinder.snapshots(session, { metadata: { "a'b": 'c\\d' } }));
    const asked = cloud.seen.filter(({ method }) => method === 'GET');
    expect(asked.map(({ headers }) => headers['openstack-api-version'])).toEqual([
      undefined,
      'volume 3.60',
      'volume 3.22',
    ]);
    expect(asked[2]?.query.get('metadata')).toBe("{'a\\'b': 'c\\\\d'}");
  });
});

describe('Glance', () => {
  it('bytes go up as a stream, once, and come down as one', async () => {
    cloud.answer('PUT /image/v2/images/i/file', { fault: 'reset' }, { status: 204 });
    await expect(glance.uploadImage(session, 'i', Readable.from(['abc']))).rejects.toMatchObject({
      trouble: 'unavailable',
    });
    await glance.uploadImage(session, 'i', Readable.from(['abc', 'def']));
    expect(cloud.sent('PUT /image/v2/images/i/file').map(({ body }) => body)).toEqual(['abc', 'abcdef']);
    expect(cloud.seen.at(-1)?.headers['content-type']).toBe('application/octet-stream');
    cloud.answer('GET /image/v2/images/i/file', { text: 'bytes' }, { status: 204 }, missing);
    let text = '';
    for await (const part of (await glance.downloadImage(session, 'i')) ?? []) text += String(part);
    expect(text).toBe('bytes');
    expect(await glance.downloadImage(session, 'i')).toBeUndefined();
    expect(await glance.downloadImage(session, 'i')).toBeUndefined();
  });

  it('a download that is not wanted any more ends quietly', async () => {
    cloud.answer('GET /image/v2/images/i/file', { text: 'x'.repeat(1_000_000) });
    (await glance.downloadImage(session, 'i'))?.destroy();
    cloud.answer('GET /image/v2/images/i', { body: { id: 'i', status: 'active' } });
    expect(await glance.image(session, 'i')).toEqual({ id: 'i', status: 'active' });
  });

  it('a patch is repeated unless it takes something away', async () => {
    cloud.answer('PATCH /image/v2/images/i', { fault: 'reset' }, { body: { id: 'i', status: 'active' } });
    await glance.updateImage(session, 'i', [{ op: 'add', path: '/x', value: 'y' }]);
    cloud.answer('PATCH /image/v2/images/i', { fault: 'reset' });
    await expect(glance.updateImage(session, 'i', [{ op: 'remove', path: '/x' }])).rejects.toMatchObject({
      trouble: 'unavailable',
    });
    const sent = cloud.sent('PATCH /image/v2/images/i');
    expect(sent).toHaveLength(3);
    expect(sent[0]?.headers['content-type']).toBe('application/openstack-images-v2.1-json-patch');
  });
});

describe('Neutron', () => {
  it('every kind has the same verbs', async () => {
    const path = '/network/v2.0/security-groups';
    cloud.answer(`POST ${path}`, {
      status: 201,
      body: { security_group: { id: 'g' }, security_groups: [{ id: 'h' }] },
    });
    cloud.answer(`PUT ${path}/g`, { body: { security_group: { id: 'g', name: 'b' } } });
    cloud.answer(`PUT ${path}/g/tags`, { body: { tags: ['t'] } });
    cloud.answer(`DELETE ${path}/g`, {
      status: 409,
      body: { NeutronError: { type: 'SecurityGroupInUse', message: 'in use' } },
    });
    expect(await neutron.securityGroups.create(session, { name: 'a' })).toEqual({ id: 'g' });
    expect(await neutron.securityGroups.createMany(session, [{ name: 'a' }])).toEqual([{ id: 'h' }]);
    expect(await neutron.securityGroups.update(session, 'g', { name: 'b' })).toEqual({ id: 'g', name: 'b' });
    await neutron.securityGroups.setTags(session, 'g', ['t']);
    await expect(neutron.securityGroups.delete(session, 'g')).rejects.toMatchObject({
      trouble: 'conflict',
      facts: { kind: 'SecurityGroupInUse' },
    });
    expect(cloud.sent(`POST ${path}`).map(({ body }) => JSON.parse(body))).toEqual([
      { security_group: { name: 'a' } },
      { security_groups: [{ name: 'a' }] },
    ]);
  });
});
