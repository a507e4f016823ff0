import { newId } from '../../ports/ids.ts';
import type { Writing } from '../context/writing.ts';
import { instance } from '../instance/instance.ts';
import { publicDnsName } from '../interface/dns.ts';
import { networkInterface } from '../interface/interface.ts';
import type { Addressed, PublicAddress } from '../interface/row.ts';
import { address } from './address.ts';
import { takePublicIps } from './pool.ts';
import type { AddressRow } from './row.ts';
import type { Target } from './target.ts';

/**
 * Takes an Elastic IP address off its interface: the address, the interface and the instance all forget it.
 * Where the interface wants an automatic public address, a running instance with this interface alone gets a new one
 * (EC2 user guide, "Elastic IP addresses"); EC2 takes minutes for that, here it is at once.
 * Gives the address's new row. An address without an association stays as it is.
 */
export async function dissociate(tx: Writing, row: AddressRow): Promise<AddressRow> {
  const { association } = row;
  if (association === undefined) return row;
  const eni = await tx.find(networkInterface, association.interface);
  if (eni !== undefined && eni.privateIps[0] !== association.privateIp) {
    await show(tx, eni.id, association.privateIp, undefined);
  } else if (eni !== undefined) {
    const host = eni.attachment === undefined ? undefined : await tx.find(instance, eni.attachment.instance);
    const again = eni.autoPublicAddress && host?.state === 'running' && host.interfaces.length === 1;
    const [ip] = again ? await takePublicIps(tx, 1) : [];
    await show(tx, eni.id, association.privateIp, ip === undefined ? undefined : { ip, owner: 'amazon' });
  }
  return tx.update(address, row, { association: undefined } as Partial<AddressRow>);
}

/** Puts an Elastic IP address on an interface's private address; what was there before is replaced. */
export async function associate(
  tx: Writing,
  row: AddressRow,
  target: Target,
  id: string = newId(tx.world.random, 'eipassoc'),
): Promise<AddressRow> {
  const { interface: eni, instance: host, privateIp } = target;
  const association = {
    id,
    interface: eni.id,
    interfaceOwner: eni.account,
    privateIp,
    subnet: eni.subnet,
    ...(host === undefined ? {} : { instance: host.id }),
  };
  await show(tx, eni.id, privateIp, { ip: row.publicIp, owner: row.account, allocation: row.id, association: id });
  return tx.update(address, row, { association });
}

/** Shows a public address at a private one of an interface, or none; the instance that has the interface shows the same. */
async function show(tx: Writing, eniId: string, privateIp: string, shown: PublicAddress | undefined): Promise<void> {
  const eni = await tx.need(networkInterface, eniId);
  const { publicAddress, secondaryAddresses } = showing(eni, privateIp, shown);
  await tx.update(networkInterface, eni, { publicAddress, secondaryAddresses } as Partial<typeof eni>);
  // Read anew: a step before may have changed another interface of the same instance.
  const host = eni.attachment === undefined ? undefined : await tx.find(instance, eni.attachment.instance);
  if (host === undefined) return;
  const primary = eni.attachment?.deviceIndex === 0 && eni.privateIps[0] === privateIp;
  await tx.update(instance, host, {
    interfaces: host.interfaces.map((i) => (i.id === eniId ? showing(i, privateIp, shown) : i)),
    ...(primary ? { publicDns: shown === undefined ? '' : publicDnsName(tx.region, shown.ip) } : {}),
  });
}

function showing<A extends Addressed>(at: A, privateIp: string, shown: PublicAddress | undefined): A {
  if (at.privateIps[0] === privateIp) {
    const { publicAddress: _, ...rest } = at;
    return { ...rest, ...(shown && { publicAddress: shown }) } as A;
  }
  const { secondaryAddresses: before, ...rest } = at;
  const { [privateIp]: _, ...others } = before ?? {};
  const now = shown === undefined ? others : { ...others, [privateIp]: shown };
  return { ...rest, ...(Object.keys(now).length > 0 && { secondaryAddresses: now }) } as A;
}
