import type { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { freePort } from './support/freePort.ts';
import { clear, launch, marked, serversNamed, shown, tinyImage, until } from './support/life.ts';
import { novaMetadata, pointMetadata } from './support/pointMetadata.ts';
import { BedServer, region } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo, demo2 } = bed.users;
const qemu = bed.zones.compute.find((zone) => zone === 'qemu')!;
const bootedMs = 240_000;

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let image: string;
let back: (() => Promise<void>) | undefined;
/** What deletes the servers that Nova made without us. */
const deletions: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const port = await freePort();
  const place = { port, secret: bed.metadataSecret, nova: novaMetadata };
  server = await BedServer.start(bed, {}, { metadata: { [region]: place } });
  openstack = await logIn(bed, demo);
  ec2 = server.ec2(demo.ec2);
  image = await tinyImage(ec2, bed);
  back = await pointMetadata(bed, port);
});
afterAll(async () => {
  for (const remove of deletions) await remove();
  await clear(ec2);
  await back?.();
  expect(await server.stop()).toBe(0);
});

const paths = [
  '/latest/meta-data/ami-id',
  '/latest/meta-data/placement/region',
  '/latest/meta-data/reservation-id',
  '/latest/meta-data/iam/',
  '/latest/dynamic/instance-identity/document',
  '/openstack/latest/meta_data.json',
  '/openstack/latest/network_data.json',
];

/** What the guest runs: says the status and the body of each path, on one line. */
const script = `#!/bin/sh
for path in ${paths.join(' ')}; do
  printf 'GET %s HTTP/1.0\\r\\nHost: 169.254.169.254\\r\\n\\r\\n' "$path" | nc -w 15 169.254.169.254 80 > /tmp/asked
  echo "ASKED $path $(head -n 1 /tmp/asked | cut -d ' ' -f 2) $(sed '1,/^\\r*$/d' /tmp/asked | tr -d '\\r\\n')"
done
printf 'PUT /latest/api/token HTTP/1.0\\r\\nX-aws-ec2-metadata-token-ttl-seconds: 60\\r\\nContent-Length: 0\\r\\n\\r\\n' | nc -w 15 169.254.169.254 80 > /tmp/asked
echo "TOKEN $(head -n 1 /tmp/asked | cut -d ' ' -f 2)"
`;

/** One that hardly any guest had before: dnsmasq gives nobody an address while the lease of an earlier guest stands. */
const freshAddress = (): string =>
  bed.networks.demo.subnet.cidr.replace(/\d+\/24$/, String(20 + Math.floor(Math.random() * 230)));

/** What the guest has written on its console, when it has said that it is up. */
const consoleOf = (read: () => Promise<string>): Promise<string> =>
  until(read, (text) => /TINY ready/.test(text), bootedMs / 1_000);

const asked = (text: string): ReadonlyMap<string, readonly [status: string, body: string]> =>
  new Map(
    [...text.matchAll(/^ASKED (\S+) (\d+) (.*?)\r*$/gm)].map(([, path, status, body]) => [path!, [status!, body!]]),
  );

const meta = (text: string, key: string): string | undefined =>
  new RegExp(`^META ${key}: (.*?)\\r*$`, 'm').exec(text)?.[1];

describe('a guest at its first boot', () => {
  it('reads of us who it is in EC2’s words, and Nova’s tree of Nova', { timeout: bootedMs }, async () => {
    const UserData = Buffer.from(script).toString('base64');
    const KeyName = `metadata-${Date.now()}`;
    await ec2.createKeyPair({ KeyName, KeyType: 'ed25519', ...marked('key-pair') });
    const Placement = { AvailabilityZone: qemu };
    const id = await launch(ec2, { ImageId: image, KeyName, UserData, Placement, PrivateIpAddress: freshAddress() });
    const text = await consoleOf(async () => {
      const { Output } = await ec2.getConsoleOutput({ InstanceId: id });
      return Buffer.from(Output ?? '', 'base64').toString('utf8');
    });
    const instance = await shown(ec2, id);
    const [nova] = await serversNamed(openstack, id);
    expect(meta(text, 'instance-id'), text.slice(-4_000)).toBe(id);
    expect(meta(text, 'local-ipv4')).toBe(instance.PrivateIpAddress);
    expect(meta(text, 'hostname')).toBe(instance.PrivateDnsName);
    expect(meta(text, 'instance-type')).toBe('t3.micro');
    expect(meta(text, 'placement/availability-zone')).toBe(qemu);
    expect(meta(text, 'security-groups')).toBe('default');
    expect(meta(text, 'public-keys/0/openssh-key')).toMatch(new RegExp(`^ssh-ed25519 \\S+ ${KeyName}$`));
    expect(meta(text, 'user-data')).toBe(`${script.length} bytes`);
    const said = asked(text);
    expect([...said.keys()]).toEqual(paths);
    expect(said.get('/latest/meta-data/ami-id')).toEqual(['200', image]);
    expect(said.get('/latest/meta-data/placement/region')).toEqual(['200', region]);
    expect(said.get('/latest/meta-data/reservation-id')?.[1]).toMatch(/^r-[0-9a-f]{17}$/);
    expect(said.get('/latest/meta-data/iam/')?.[0]).toBe('404');
    expect(JSON.parse(said.get('/latest/dynamic/instance-identity/document')![1])).toMatchObject({
      accountId: await server.accountOf(demo.ec2),
      instanceId: id,
      imageId: image,
      region,
    });
    expect(JSON.parse(said.get('/openstack/latest/meta_data.json')![1])).toMatchObject({
      uuid: nova!.id,
      name: id,
      project_id: demo.project.id,
    });
    expect(JSON.parse(said.get('/openstack/latest/network_data.json')![1])).toHaveProperty('links');
    // The same at the port of the APIs, for whoever was given the path.
    const path = `${server.metadataOf(id)}latest/meta-data/`;
    expect(await (await fetch(`${path}instance-id`)).text()).toBe(id);
    expect(await (await fetch(`${path}local-ipv4`)).text()).toBe(instance.PrivateIpAddress);
    // Neutron's agent leaves the guest's headers behind: tools then go on without a token.
    expect(/^TOKEN (\d+)/m.exec(text)?.[1]).toBe('404');
  });

  it('reads of us its id when others made it, and of Nova its user data and key', { timeout: bootedMs }, async () => {
    // The account is in use: the project's servers have ids here.
    await ec2.describeVpcs({});
    const { name, text } = await boot(openstack, bed.networks.demo.id);
    const { Reservations } = await ec2.describeInstances({ Filters: [{ Name: 'tag:Name', Values: [name] }] });
    const [instance] = Reservations![0]!.Instances!;
    expect(meta(text, 'instance-id')).toBe(instance!.InstanceId);
    expect(meta(text, 'local-ipv4')).toBe(instance!.PrivateIpAddress);
    expect(meta(text, 'user-data')).toBe('7 bytes');
  });

  it('reads of Nova where nobody uses this API', { timeout: bootedMs }, async () => {
    const { name, text } = await boot(await logIn(bed, demo2), bed.networks.demo2.id);
    expect(meta(text, 'instance-id')).toMatch(/^i-[0-9a-f]{8}$/);
    expect(meta(text, 'hostname')).toContain(name);
    expect(meta(text, 'user-data')).toBe('7 bytes');
  });
});

/** A server that Nova makes without us, and what it says on its console. */
async function boot(session: Session, network: string): Promise<{ readonly name: string; readonly text: string }> {
  const name = `stranger-${Date.now()}`;
  const server = {
    name,
    imageRef: bed.image.id,
    flavorRef: bed.flavors[0]!.id,
    availability_zone: qemu,
    networks: [{ uuid: network }],
    user_data: Buffer.from('of Nova').toString('base64'),
    metadata: { Name: name },
  };
  const made = await session.ask<{ server: { id: string } }>('compute', '/servers', {
    method: 'POST',
    body: { server },
  });
  const path = `/servers/${made.body.server.id}`;
  deletions.push(() => session.ask('compute', path, { method: 'DELETE' }));
  const text = await consoleOf(async () => {
    const action = { method: 'POST', body: { 'os-getConsoleOutput': {} } };
    return (await session.ask<{ output?: string }>('compute', `${path}/action`, action)).body.output ?? '';
  });
  return { name, text };
}
