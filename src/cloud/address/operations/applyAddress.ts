import { type Call, type Driver, DriverError, type Seen } from '../../../ports/driver.ts';
import type { AddressSpec } from '../../../ports/networks.ts';
import type { Reading } from '../../context/reading.ts';
import type { Writing } from '../../context/writing.ts';
import { instance } from '../../instance/instance.ts';
import { machineOf } from '../../instance/machine.ts';
import { networkInterface } from '../../interface/interface.ts';
import { operation } from '../../operation/operation.ts';
import { leaveRefusal } from '../../operation/refused.ts';
import { address } from '../address.ts';
import { associate, dissociate } from '../association.ts';
import { addressesOf, saidOf, specOf } from '../inCloud.ts';
import type { AddressRow, Association } from '../row.ts';

interface Change {
  readonly id: string;
  /** The association that the change made; absent: it took one away. */
  readonly made?: string;
  readonly before?: Association;
  /** Addresses that leave the place for this one, by changes of their own. */
  readonly replaced: readonly string[];
}

/** Puts an Elastic IP, in the cloud, where its row says that it is. What cannot be done is not so in the row, either. */
export default operation<Change>(
  'address.apply',
  async (op, { id, before, replaced }) => {
    const { spec, others, left } = await op.read('addresses', async (cx) => ({
      spec: await specNow(cx, id),
      others: await Promise.all(replaced.map(async (other) => ({ id: other, spec: await specNow(cx, other) }))),
      left: await machineLeft(cx, before),
    }));
    if (left !== undefined) {
      // It has its automatic address before it loses this one.
      await op.ensure('automatic address', {
        do: (driver, call) => driver.compute.ensure(left.id, left.machine, call),
      });
    }
    // Released meanwhile.
    if (spec === undefined) return;
    await op.ensure<Seen>('association', {
      do: async (driver, call) => {
        const addresses = addressesOf(driver);
        for (const other of others) {
          // One that somebody has deleted is not in the way.
          if (other.spec && (await addresses.look(other.id, call))) await addresses.ensure(other.id, other.spec, call);
        }
        return addresses.ensure(id, spec, call);
      },
      undo: (driver, call) => putBack(driver, call, id, specOf(spec.publicIp!, before)),
    });
  },
  {
    giveUp: async (tx, { id, made, before }, why) => {
      const row = await tx.find(address, id);
      // A later change is still to come.
      if (row !== undefined && row.association?.id === made) await restore(tx, row, before);
      await leaveRefusal(tx, why, saidOf(why, id));
    },
  },
);

async function specNow(cx: Reading, id: string): Promise<AddressSpec | undefined> {
  const row = await cx.find(address, id);
  return row && specOf(row.publicIp, row.association);
}

/** The machine that the address leaves, where the cloud gives it an automatic one for it. */
async function machineLeft(cx: Reading, before: Association | undefined) {
  if (before?.instance === undefined || cx.here.driver.networks?.automatic === undefined) return undefined;
  const row = await cx.find(instance, before.instance);
  const shown = row?.interfaces.find((n) => n.id === before.interface);
  if (row?.state !== 'running' || shown?.publicAddress?.owner !== 'amazon') return undefined;
  return { id: row.id, machine: machineOf(cx, row) };
}

/** Back to where it was; where that is no more, or taken by another, to nowhere. */
async function putBack(driver: Driver, call: Call, id: string, spec: AddressSpec): Promise<Seen> {
  const addresses = addressesOf(driver);
  if ((await addresses.look(id, call)) === undefined) return { settled: true };
  try {
    return await addresses.ensure(id, spec, call);
  } catch (error) {
    if (!(error instanceof DriverError) || error.retry || spec.association === undefined) throw error;
    return addresses.ensure(id, { publicIp: spec.publicIp! }, call);
  }
}

async function restore(tx: Writing, row: AddressRow, before: Association | undefined): Promise<void> {
  const free = await dissociate(tx, row);
  const eni = before && (await tx.find(networkInterface, before.interface));
  if (before === undefined || !eni?.privateIps.includes(before.privateIp)) return;
  const others = await tx.where(address, { 'network-interface-id': eni.id });
  if (others.some((other) => other.id !== row.id && other.association?.privateIp === before.privateIp)) return;
  const host = eni.attachment && (await tx.find(instance, eni.attachment.instance));
  await associate(tx, free, {
    interface: eni,
    privateIp: before.privateIp,
    ...(host !== undefined && { instance: host }),
  });
}
