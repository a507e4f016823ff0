import { describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { type Answer, ask, logIn, type Session, type Token } from './support/session.ts';
import { signed } from './support/signed.ts';

const bed = described();
const tenants = [bed.users.demo, bed.users.demo2];
const { demo, demo2 } = bed.networks;
const rolesOf = ({ token }: Session) => token.roles.map(({ name }) => name).sort();

interface Item {
  readonly id: string;
  readonly name: string;
  readonly status?: string;
}

describe('Keystone', () => {
  it.each(tenants)('gives $name a token for its project', async (user) => {
    const session = await logIn(bed, user);
    expect(session.token).toMatchObject({ user: { id: user.id }, project: user.project });
    expect(rolesOf(session)).toEqual(expect.arrayContaining(['member', 'reader']));
    expect(rolesOf(session)).not.toContain('admin');
  });

  it('gives the service user a role in its own project and in those of the tenants', async () => {
    expect(rolesOf(await logIn(bed, bed.users.elsewhere))).toEqual(expect.arrayContaining(['admin', 'service']));
    for (const { project } of tenants) {
      const session = await logIn(bed, bed.users.elsewhere, project.name);
      expect(session.token.project).toEqual(expect.objectContaining(project));
      expect(rolesOf(session)).toContain('member');
      expect(rolesOf(session)).not.toContain('admin');
    }
  });

  it('refuses a wrong password, and a tenant in another’s project', async () => {
    await expect(logIn(bed, { ...bed.users.demo, password: 'wrong' })).rejects.toThrow('401');
    await expect(logIn(bed, bed.users.demo, bed.users.demo2.project.name)).rejects.toThrow('401');
  });
});

describe('ec2tokens', () => {
  const send = async (credentials: object, token?: string): Promise<Answer<{ token: Token }>> =>
    ask(`${bed.authUrl}/ec2tokens`, {
      method: 'POST',
      body: { credentials },
      ...(token === undefined ? {} : { token }),
    });

  it.each(tenants)('names user and project of the credentials of $name, to the service user', async (user) => {
    const service = await logIn(bed, bed.users.elsewhere);
    const { status, body } = await send(signed(user.ec2, new Date()), service.id);
    expect(status).toBe(200);
    expect(body.token).toMatchObject({ user: { id: user.id }, project: { id: user.project.id } });
    expect(body.token.roles.map(({ name }) => name)).toContain('member');
  });

  it('refuses the anonymous, and users without the role', async () => {
    const request = signed(bed.users.demo.ec2, new Date());
    expect((await send(request)).status).toBe(401);
    expect((await send(request, (await logIn(bed, bed.users.demo)).id)).status).toBe(403);
  });

  it('refuses a wrong signature, another’s signature, an old one, and an unknown key', async () => {
    const { id } = await logIn(bed, bed.users.elsewhere);
    const { demo, demo2 } = bed.users;
    const sent = async (credentials: object) => (await send(credentials, id)).status;
    expect(await sent(signed({ ...demo.ec2, secret: 'wrong' }, new Date()))).toBe(401);
    expect(await sent(signed({ ...demo.ec2, secret: demo2.ec2.secret }, new Date()))).toBe(401);
    expect(await sent(signed(demo.ec2, new Date(Date.now() - 3_600_000)))).toBe(401);
    expect(await sent(signed({ access: 'nobody', secret: 'nothing' }, new Date()))).toBe(404);
  });

  it('refuses a key from the moment it is deleted', async () => {
    const session = await logIn(bed, bed.users.demo2);
    const { id } = await logIn(bed, bed.users.elsewhere);
    const path = `${bed.authUrl}/users/${bed.users.demo2.id}/credentials/OS-EC2`;
    const made = await ask<{ credential: { access: string; secret: string } }>(path, {
      method: 'POST',
      token: session.id,
      body: { tenant_id: bed.users.demo2.project.id },
    });
    expect(made.status).toBe(201);
    const { credential } = made.body;
    expect((await send(signed(credential, new Date()), id)).status).toBe(200);
    const gone = await ask(`${path}/${credential.access}`, { method: 'DELETE', token: session.id });
    expect(gone.status).toBe(204);
    expect((await send(signed(credential, new Date()), id)).status).toBe(404);
  });
});

describe.each(tenants)('the project of $name', (user) => {
  const get = async <T>(service: Parameters<Session['ask']>[0], path: string): Promise<T> => {
    const { status, body } = await (await logIn(bed, user)).ask<T>(service, path);
    expect(status).toBe(200);
    return body;
  };

  it('has the flavors', async () => {
    const { flavors } = await get<{ flavors: readonly object[] }>('compute', '/flavors/detail');
    const wanted = bed.flavors.map(({ id, name, memoryMiB: ram, cpus: vcpus, diskGiB: disk }) =>
      expect.objectContaining({ id, name, ram, vcpus, disk }),
    );
    expect(bed.flavors.map(({ name }) => name)).toEqual(['m1.tiny', 'm1.small', 'm1.medium']);
    expect(flavors).toEqual(expect.arrayContaining(wanted));
  });

  it('has the public image, ready to boot', async () => {
    expect(await get<object>('image', `/v2/images/${bed.image.id}`)).toMatchObject({
      ...bed.image,
      status: 'active',
      visibility: 'public',
      disk_format: 'qcow2',
    });
  });

  it('has a network of its own, routed to the external one, and not the other project’s', async () => {
    const [own, other] = user === bed.users.demo ? [demo, demo2] : [demo2, demo];
    const { networks } = await get<{ networks: readonly Item[] }>('network', '/v2.0/networks');
    expect(networks.map(({ id }) => id)).toEqual(expect.arrayContaining([own.id, bed.networks.public.id]));
    expect(networks.map(({ id }) => id)).not.toContain(other.id);
    const { subnet } = await get<{ subnet: object }>('network', `/v2.0/subnets/${own.subnet.id}`);
    expect(subnet).toMatchObject({ network_id: own.id, cidr: own.subnet.cidr, gateway_ip: own.subnet.gateway });
    const { router } = await get<{ router: object }>('network', `/v2.0/routers/${own.router.id}`);
    expect(router).toMatchObject({ status: 'ACTIVE', external_gateway_info: { network_id: bed.networks.public.id } });
  });

  it('has the zones, and the volume types', async () => {
    type Zones = { availabilityZoneInfo: readonly { zoneName: string; zoneState: { available: boolean } }[] };
    for (const [service, wanted] of [
      ['compute', bed.zones.compute] as const,
      ['volumev3', bed.zones.volume] as const,
    ]) {
      const { availabilityZoneInfo: zones } = await get<Zones>(service, '/os-availability-zone');
      const open = zones.filter(({ zoneState }) => zoneState.available).map(({ zoneName }) => zoneName);
      expect(open.sort()).toEqual(wanted);
    }
    expect(bed.zones.compute).toContain(bed.zones.default);
    const { volume_types: types } = await get<{ volume_types: readonly Item[] }>('volumev3', '/types');
    expect(types.map(({ name }) => name)).toEqual(expect.arrayContaining([...bed.volumeTypes]));
    expect(bed.volumeTypes).toContain('nfs');
  });
});

/** Asks until the answer is as wanted: Nova works behind our back. */
async function until<T>(what: string, look: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + 180_000;
  for (;;) {
    const seen = await look();
    if (wanted(seen)) return seen;
    if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(seen).slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

describe.each(bed.zones.compute)('a server in zone %s', (zone) => {
  const last = { fake: 'FAKE CONSOLE OUTPUT', qemu: 'TINY ready' }[zone] ?? 'an unknown zone';

  it('runs, says so on its console, and goes', async () => {
    const session = await logIn(bed, bed.users.demo);
    const { status, body } = await session.ask<{ server: { id: string } }>('compute', '/servers', {
      method: 'POST',
      body: {
        server: {
          name: `bed-${zone}`,
          imageRef: bed.image.id,
          flavorRef: bed.flavors[0]?.id,
          availability_zone: zone,
          networks: [{ uuid: bed.networks.demo.id }],
        },
      },
    });
    expect(status).toBe(202);
    const path = `/servers/${body.server.id}`;
    try {
      type Shown = Answer<{ server: { status: string; addresses: object } }>;
      const show = (): Promise<Shown> => session.ask('compute', path);
      const shown = await until('status', show, (seen) => ['ACTIVE', 'ERROR'].includes(seen.body.server.status));
      expect(shown.body.server).toMatchObject({ status: 'ACTIVE', 'OS-EXT-AZ:availability_zone': zone });
      expect(Object.keys(shown.body.server.addresses)).toEqual([bed.networks.demo.name]);
      const request = { method: 'POST', body: { 'os-getConsoleOutput': {} } };
      const print = () => session.ask<{ output?: string }>('compute', `${path}/action`, request);
      const printed = await until('console', print, (seen) => seen.body.output?.includes(last) ?? false);
      if (zone === 'qemu') expect(printed.body.output).toContain('META instance-id: i-');
    } finally {
      expect((await session.ask('compute', path, { method: 'DELETE' })).status).toBe(204);
      await until(
        'gone',
        () => session.ask('compute', path),
        (seen) => seen.status === 404,
      );
    }
  });
});
