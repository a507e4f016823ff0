import { randomBytes } from 'node:crypto';
import {
  waitUntilInstanceRunning,
  waitUntilInstanceStopped,
  waitUntilInstanceTerminated,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import { afterAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { cleanSuite } from './support/cleanSuite.ts';
import {
  attach,
  launch,
  marked,
  patience,
  portsOf,
  refused,
  serversNamed,
  shown,
  until,
  volumesNamed,
} from './support/life.ts';
import { floatingIps } from './support/publicSide.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const AvailabilityZone = bed.zones.compute[0]!;
const { demo: network } = bed.networks;
const huge = `huge-${randomBytes(4).toString('hex')}`;

const on = cleanSuite(async () => {
  // No host has so much memory. It must be there when the server reads what the cloud offers.
  const flavor = { id: huge, name: huge, ram: 900_000_000, vcpus: 1, disk: 1 };
  await told(await logIn(bed, bed.users.admin), 'compute', 'POST', '/flavors', { flavor });
});
afterAll(() => told(on.at.admin, 'compute', 'DELETE', `/flavors/${huge}`));
const later = { kind: 'slow', ms: 4_000 } as const;

/** Asks a service past the server; what it refuses is an error. */
async function told<T>(
  who: Session,
  service: 'compute' | 'volumev3' | 'network',
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const answer = await who.ask<T>(service, path, { method, ...(body && { body }) });
  if (answer.status >= 300) throw new Error(`${service} answered ${answer.status} to ${method} ${path}`);
  return answer.body;
}

const run = (more: object = {}) =>
  launch(on.at.ec2, { ImageId: on.at.image, Placement: { AvailabilityZone }, ...more });
const running = async (more: object = {}): Promise<string> => {
  const id = await run(more);
  await waitUntilInstanceRunning(patience(on.at.ec2), { InstanceIds: [id] });
  return id;
};
/** Nova's id of the server of an instance. */
const nativeOf = async (id: string): Promise<string> => (await serversNamed(on.at.openstack, id))[0]!.id;
const act = (who: Session, server: string, action: object) =>
  told(who, 'compute', 'POST', `/servers/${server}/action`, action);
const reaches = (id: string, state: string) =>
  until(
    () => shown(on.at.ec2, id),
    ({ State }) => State?.Name === state,
  );
const terminate = async (id: string): Promise<void> => {
  await on.at.ec2.terminateInstances({ InstanceIds: [id] });
  await waitUntilInstanceTerminated(patience(on.at.ec2), { InstanceIds: [id] });
  await on.same();
};

/** A port that somebody makes in the project's network, until the test is over. */
async function theirPort(ip_address: string): Promise<void> {
  const { openstack } = on.at;
  const fixed_ips = [{ subnet_id: network.subnet.id, ip_address }];
  const body = { port: { network_id: network.id, name: 'theirs', fixed_ips } };
  const { port } = await told<{ port: { id: string } }>(openstack, 'network', 'POST', '/v2.0/ports', body);
  on.undo(() => told(openstack, 'network', 'DELETE', `/v2.0/ports/${port.id}`));
}

it('a launch that no host has room for is refused; one for which nobody knew ends terminated, for want of capacity', async () => {
  // What a project may have of memory is another matter.
  await on.quotas.compute({ ram: -1 });
  await refused('InsufficientInstanceCapacity', run({ InstanceType: huge }));
  await on.same();
  on.at.proxy.fail({ service: 'placement', times: 100, fault: { kind: 'status', status: 403 } });
  const id = await run({ InstanceType: huge });
  expect(await reaches(id, 'terminated')).toMatchObject({
    StateReason: { Code: 'Server.InsufficientInstanceCapacity' },
    StateTransitionReason: 'Server.InsufficientInstanceCapacity',
    BlockDeviceMappings: [],
    NetworkInterfaces: [],
  });
  await on.same();
});

it('a server that fails later is shown with its reason, is impaired, and can be taken away', async () => {
  const id = await running();
  await act(on.at.admin, await nativeOf(id), { 'os-resetState': { state: 'error' } });
  const look = async () => {
    const { InstanceStatuses } = await on.at.ec2.describeInstanceStatus({ InstanceIds: [id] });
    return { ...(await shown(on.at.ec2, id)), ...InstanceStatuses?.[0] };
  };
  const seen = await until(look, ({ StateReason }) => StateReason?.Code !== undefined);
  expect(seen).toMatchObject({
    State: { Name: 'running' },
    StateReason: { Code: 'Server.InternalError' },
    SystemStatus: { Status: 'impaired' },
    InstanceStatus: { Status: 'impaired' },
  });
  await terminate(id);
});

it('a volume stuck in detaching is shown so, and comes free when somebody frees it', async () => {
  const { ec2, admin, openstack } = on.at;
  const id = await running();
  const { VolumeId = '' } = await ec2.createVolume({ AvailabilityZone, Size: 1, ...marked('volume') });
  await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [VolumeId] });
  await attach(ec2, { VolumeId, InstanceId: id, Device: '/dev/sdf' });
  const [volume] = await volumesNamed(openstack, VolumeId);
  const reset = (status: string) =>
    told(admin, 'volumev3', 'POST', `/volumes/${volume!.id}/action`, { 'os-reset_status': { status } });
  await reset('detaching');
  await ec2.detachVolume({ VolumeId, InstanceId: id });
  const state = async () => {
    const { Volumes } = await ec2.describeVolumes({ VolumeIds: [VolumeId] });
    return [Volumes![0]!.State, Volumes![0]!.Attachments?.[0]?.State];
  };
  on.at.proxy.clear();
  await until(
    async () => on.at.proxy.count({ service: 'block-storage', path: /\/volumes\// }),
    (count) => count > 3,
  );
  expect(await state()).toEqual(['in-use', 'detaching']);
  await refused('VolumeInUse', ec2.deleteVolume({ VolumeId }));
  await reset('in-use');
  await until(state, ([now]) => now === 'available');
  await ec2.deleteVolume({ VolumeId });
  await terminate(id);
});

it('an address that somebody else has is refused; one that is taken meanwhile ends the launch', async () => {
  const at = (last: number): string => network.subnet.cidr.replace(/\d+\/\d+$/, String(last));
  await theirPort(at(201));
  await refused('InvalidIPAddress.InUse', run({ PrivateIpAddress: at(201) }));
  on.at.proxy.fail({ service: 'network', method: 'POST', path: /\/ports$/, fault: later });
  const id = await run({ PrivateIpAddress: at(202) });
  await theirPort(at(202));
  expect(await reaches(id, 'terminated')).toMatchObject({
    StateReason: { Code: 'Client.InvalidIPAddress.InUse' },
    StateTransitionReason: 'Client.InvalidIPAddress.InUse',
    NetworkInterfaces: [],
  });
  expect(await serversNamed(on.at.openstack, id)).toEqual([]);
  expect(await portsOf(on.at.openstack, id)).toEqual([]);
});

it('an Elastic IP whose target somebody else took, or that somebody deleted, is refused', async () => {
  const { ec2, openstack, proxy } = on.at;
  const InstanceId = await running();
  const [port] = await portsOf(openstack, InstanceId);
  const { AllocationId, PublicIp } = await ec2.allocateAddress({});
  const slow = () => proxy.fail({ service: 'network', method: 'PUT', path: /\/floatingips\//, fault: later });
  const floating = { floating_network_id: bed.networks.public.id };
  const body = { floatingip: floating };
  const theirs = await told<{ floatingip: { id: string } }>(openstack, 'network', 'POST', '/v2.0/floatingips', body);
  const path = `/v2.0/floatingips/${theirs.floatingip.id}`;
  const bind = (port_id: string | null) => told(openstack, 'network', 'PUT', path, { floatingip: { port_id } });

  slow();
  const associating = refused('Resource.AlreadyAssociated', ec2.associateAddress({ AllocationId, InstanceId }));
  await bind(port!.id);
  await associating;
  await told(openstack, 'network', 'DELETE', path);
  expect(
    (await ec2.describeAddresses({ AllocationIds: [AllocationId!] })).Addresses![0]!.AssociationId,
  ).toBeUndefined();

  slow();
  const late = refused('InvalidAllocationID.NotFound', ec2.associateAddress({ AllocationId, InstanceId }));
  const ours = (await floatingIps(openstack)).find((one) => one.floating_ip_address === PublicIp);
  await told(openstack, 'network', 'DELETE', `/v2.0/floatingips/${ours!.id}`);
  await late;
  await until(
    async () => (await ec2.describeAddresses({})).Addresses!.length,
    (count) => count === 0,
  );
  await terminate(InstanceId);
});

it('what Nova answers 409 to is done when Nova lets it', async () => {
  const { ec2, admin } = on.at;
  const id = await running();
  const server = await nativeOf(id);
  // Nobody but an administrator may do anything with a server that one has locked.
  await act(admin, server, { lock: null });
  on.at.proxy.clear();
  await ec2.stopInstances({ InstanceIds: [id] });
  const conflicts = async () => on.at.proxy.passed.filter(({ method, status }) => method === 'POST' && status === 409);
  await until(conflicts, (seen) => seen.length > 1);
  expect((await shown(ec2, id)).State?.Name).toBe('stopping');
  await act(admin, server, { unlock: null });
  await waitUntilInstanceStopped(patience(ec2), { InstanceIds: [id] });
  await terminate(id);
});
