import { expect, it } from 'vitest';
import type { Port } from '../rest/neutron.ts';
import type { Ask } from '../rest/session.ts';
import { fakeSession } from '../session.fixture.ts';
import { callOf } from '../storage/storage.fixture.ts';
import { OpenStackError } from '../trouble.ts';
import { ensurePorts } from './machinePorts.ts';

const machine = 'i-00000000000000001';
const one = {
  ...{ id: 'eni-1', privateIp: '10.0.0.5', mac: '02:00:00:00:00:01', subnet: 'subnet-1' },
  secondaryIps: ['10.0.0.9', '10.0.0.7'],
};
const around = {
  subnetOf: async () => ({ network: 'net', subnet: 'sub', guarded: true }) as never,
  groupsOf: async (ids: readonly string[]) => ids,
};

/** Neutron, whose ports are those that were made. */
function neutron(refusal?: OpenStackError) {
  const made: Partial<Port>[] = [];
  const ports = ({ method, body }: Ask) => {
    if (method !== 'POST') return { ports: made };
    if (refusal !== undefined) throw refusal;
    const { port } = body as { port: Partial<Port> };
    made.push({ ...port, id: `port-${made.length}` });
    return { port: made.at(-1) };
  };
  return { made, session: fakeSession({ 'network /ports': ports }) };
}

it('a port has the primary and the secondary addresses of its interface, and is made once', async () => {
  const { made, session } = neutron();
  expect(await ensurePorts(session, around, machine, [one], false, callOf())).toEqual(['port-0']);
  expect(await ensurePorts(session, around, machine, [one], true, callOf())).toEqual(['port-0']);
  const addresses = ['10.0.0.5', '10.0.0.9', '10.0.0.7'].map((ip_address) => ({ subnet_id: 'sub', ip_address }));
  expect(made).toMatchObject([{ name: 'eni-1', description: machine, fixed_ips: addresses }]);
});

it('an address that somebody else has is named with the others', async () => {
  const facts = { status: 409, kind: 'IpAddressAlreadyAllocated', reached: true };
  const { session } = neutron(new OpenStackError('conflict', 'taken', facts));
  await expect(ensurePorts(session, around, machine, [one], false, callOf())).rejects.toMatchObject({
    trouble: 'invalid',
    about: 'in-use',
    message: expect.stringContaining('10.0.0.5 or 10.0.0.9 or 10.0.0.7'),
  });
});
