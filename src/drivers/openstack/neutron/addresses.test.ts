import { expect, it } from 'vitest';
import { createRecords } from '../records.ts';
import { fakeSession } from '../session.fixture.ts';
import { callOf, memoryShelf } from '../storage/storage.fixture.ts';
import { troubleOfAnswer } from '../trouble.ts';
import { type AddressRecord, createAddresses } from './addresses.ts';

const call = callOf();
const association = { interface: 'eni-1', privateIp: '10.0.0.5' };
const there = { id: 'f1', floating_ip_address: '172.24.4.9', fixed_ip_address: null, port_id: 'other' };

/** An address whose floating IP is seen, and is not to be changed then. */
async function open(type: string, status: number) {
  const text = JSON.stringify({ NeutronError: { type, message: 'no', detail: '' } });
  const session = fakeSession({
    'network /ports': { ports: [{ id: 'p1', name: 'eni-1' }] },
    'network /floatingips/f1': ({ method }: { readonly method?: string }) => {
      if (method === 'PUT') throw troubleOfAnswer({ service: 'network', status, text });
      return { floatingip: there };
    },
  });
  const records = createRecords<AddressRecord>(memoryShelf(new Map()), 'address');
  await records.put('eipalloc-1', call, { account: call.account, native: 'f1' });
  const placeOf = async () => ({ project: 'p', session });
  return createAddresses({ records, placeOf, externalOf: async () => 'public' });
}

it.each([
  ['FloatingIPNotFound', 404, 'gone'],
  ['FloatingIPPortAlreadyAssociated', 409, 'in-use'],
  ['ExternalGatewayForFloatingIPNotFound', 404, 'no-gateway'],
])('what Neutron calls %s is no fault that passes', async (type, status, about) => {
  const addresses = await open(type, status);
  const associate = addresses.ensure('eipalloc-1', { publicIp: '172.24.4.9', association }, call);
  await expect(associate).rejects.toMatchObject({ trouble: 'invalid', about });
});

it('one that somebody deletes while it is taken off is gone', async () => {
  const addresses = await open('FloatingIPNotFound', 404);
  const disassociate = addresses.ensure('eipalloc-1', { publicIp: '172.24.4.9' }, call);
  await expect(disassociate).rejects.toMatchObject({ trouble: 'invalid', about: 'gone' });
});
