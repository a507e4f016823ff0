import {
  type EC2,
  waitUntilInstanceRunning,
  waitUntilInstanceStopped,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { type BrokenCloud, openBrokenCloud } from './support/brokenCloud.ts';
import type { FaultProxy } from './support/faultProxy.ts';
import { clear, launch, marked, patience, refused, serversNamed, shown, until } from './support/life.ts';
import { makeProject, type OwnProject } from './support/project.ts';
import type { BedServer } from './support/server.ts';
import type { Session } from './support/session.ts';

const bed = described();
const { demo, elsewhere: service } = bed.users;
const zone = bed.zones.default;
const Placement = { AvailabilityZone: zone };

let cloud: BrokenCloud;
let proxy: FaultProxy;
let server: BedServer;
let openstack: Session;
let admin: Session;
let ec2: EC2;
let image: string;

beforeAll(async () => {
  cloud = await openBrokenCloud(bed);
  ({ proxy, server, openstack, admin, ec2, image } = cloud);
});
afterEach(() => proxy.up());
afterAll(async () => {
  await clear(ec2);
  await cloud.close();
});

const zonesNow = async () => (await ec2.describeAvailabilityZones({})).AvailabilityZones!;

/** Waits until every zone is in a state; the catalogue is a quarter of a minute old at most. */
const zonesBecome = (state: string) => until(zonesNow, (zones) => zones.every((one) => one.State === state), 40);

const readyz = async () => {
  const answer = await fetch(`${server.endpoint}/readyz`);
  return { status: answer.status, checks: ((await answer.json()) as { checks: Record<string, string> }).checks };
};

describe('while the cloud is down', () => {
  it('what is there is told, its zones and /readyz say so, and what was asked for is done when it is back', async () => {
    const id = await launch(ec2, { ImageId: image, Placement });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    expect(await zonesBecome('available')).toHaveLength(bed.zones.compute.length);
    expect((await readyz()).status).toBe(200);

    // Keystone is asked who signed: without it nobody gets in, and the next test is about that.
    await proxy.down('compute', 'network', 'image', 'block-storage');
    for (const one of await zonesBecome('unavailable'))
      expect(one.Messages).toEqual([
        { Message: 'The compute service of the cloud behind this region cannot be reached at the moment.' },
      ]);
    expect(await readyz()).toEqual({
      status: 503,
      checks: { store: 'ok', 'driver openstack': expect.stringContaining('compute') },
    });
    const began = Date.now();
    expect((await shown(ec2, id)).State?.Name).toBe('running');
    expect(
      (await ec2.describeInstances({ Filters: [{ Name: 'instance-id', Values: [id] }] })).Reservations,
    ).toHaveLength(1);
    expect((await ec2.describeImages({ ImageIds: [image] })).Images).toHaveLength(1);
    expect((await ec2.describeInstanceTypes({})).InstanceTypes?.length).toBeGreaterThanOrEqual(bed.flavors.length);
    // Two services are waited for, two seconds each.
    expect(Date.now() - began).toBeLessThan(6_000);
    await refused('Unavailable', launch(ec2, { ImageId: image, Placement }));
    await refused('Unavailable', ec2.getConsoleOutput({ InstanceId: id }));

    const stopping = await ec2.stopInstances({ InstanceIds: [id] });
    expect(stopping.StoppingInstances?.[0]?.CurrentState?.Name).toBe('stopping');
    const volume = await ec2.createVolume({ AvailabilityZone: zone, Size: 1, ...marked('volume') });
    expect(volume.State).toBe('creating');
    expect((await shown(ec2, id)).State?.Name).toBe('stopping');

    await proxy.up();
    await waitUntilInstanceStopped(patience(ec2), { InstanceIds: [id] });
    await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [volume.VolumeId!] });
    expect((await serversNamed(openstack, id)).map(({ status }) => status)).toEqual(['SHUTOFF']);
    await zonesBecome('available');
    expect((await readyz()).status).toBe(200);
  });

  it('and Keystone with it, who signs cannot be told, and /readyz says that', async () => {
    await proxy.down();
    await refused('Unavailable', ec2.describeInstances({}));
    expect(await readyz()).toMatchObject({ status: 503 });
    await proxy.up();
    await until(readyz, ({ status }) => status === 200, 40);
    await ec2.describeInstances({});
  });

  it('or only Keystone is at odds with itself, who signs is told to come again, and what was begun goes on', async () => {
    const conflict = { kind: 'status', status: 409, body: { error: { title: 'Conflict', message: 'x' } } } as const;
    proxy.fail({ service: 'identity', method: 'POST', path: /ec2tokens$/, fault: conflict });
    // Keystone is asked about each signature once in five seconds; nothing else here asks for this.
    await refused('Unavailable', ec2.describeKeyPairs({}));
    await ec2.describeKeyPairs({});

    // Neutron wants a new token, and Keystone does not give one at once.
    proxy.clear();
    proxy.fail(
      { service: 'network', times: 2, fault: { kind: 'status', status: 401 } },
      { service: 'identity', method: 'POST', path: /auth\/tokens$/, times: 2, fault: conflict },
    );
    const { AllocationId } = await ec2.allocateAddress({});
    await ec2.releaseAddress({ AllocationId });
    const refusals = proxy.passed.filter(({ status }) => status === 409).map(({ service }) => service);
    expect(refusals).toEqual(['identity', 'identity']);
  });

  it('without its volumes only, its zones are impaired', async () => {
    await proxy.down('block-storage');
    for (const one of await zonesBecome('impaired')) expect(one.Messages?.[0]?.Message).toContain('block-storage');
    await proxy.up();
    await zonesBecome('available');
  });

  it('or says nothing, those who ask wait two seconds at most, and the next not at all', async () => {
    proxy.fail({ service: 'compute', times: 1_000, fault: { kind: 'silent' } });
    const zones = await until(zonesNow, ([one]) => one!.State !== 'available', 40);
    expect(zones[0]?.State).toBe('impaired');
    const began = Date.now();
    for (let n = 0; n < 3; n++) await ec2.describeVolumes({});
    expect(Date.now() - began).toBeLessThan(1_500);
    proxy.clear();
    await zonesBecome('available');
  });
});

describe('a project that the server’s user', () => {
  let project: OwnProject;
  beforeAll(async () => {
    project = await makeProject(bed, admin);
    await project.allow(demo);
  });
  afterAll(() => project.remove());

  it('may not work in is refused as UnauthorizedOperation, until it may, and again when it may not', async () => {
    const credential = await project.credential(demo);
    const theirs = server.ec2(credential);
    await refused('UnauthorizedOperation', theirs.describeInstances({}));
    await refused('UnauthorizedOperation', theirs.runInstances({ ImageId: image, MinCount: 1, MaxCount: 1 }));
    await project.allow(service);
    expect((await theirs.describeInstances({})).Reservations).toEqual([]);
    expect((await theirs.describeVpcs({})).Vpcs).toEqual([]);
    const volume = await theirs.createVolume({ AvailabilityZone: zone, Size: 1, ...marked('volume') });
    await waitUntilVolumeAvailable(patience(theirs), { VolumeIds: [volume.VolumeId!] });
    await clear(theirs);

    await project.forbid(service);
    // The services remember a token that they have seen for minutes; a new process has none.
    await server.kill();
    await server.start();
    ec2 = server.ec2(demo.ec2);
    const again = server.ec2(credential);
    expect((await again.describeInstances({})).Reservations).toEqual([]);
    const { VolumeId } = await again.createVolume({ AvailabilityZone: zone, Size: 1, ...marked('volume') });
    const states = async () => (await again.describeVolumes({ VolumeIds: [VolumeId!] })).Volumes![0]!.State;
    expect(await until(states, (state) => state !== 'creating')).toBe('error');
    await project.allow(service);
    await clear(again);
    expect((await ec2.describeAvailabilityZones({})).AvailabilityZones![0]!.State).toBe('available');
  });
});
