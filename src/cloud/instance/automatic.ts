import { takePublicIps } from '../address/pool.ts';
import type { Writing } from '../context/writing.ts';
import { publicDnsName } from '../interface/dns.ts';
import { networkInterface } from '../interface/interface.ts';
import type { InterfaceRow, PublicAddress } from '../interface/row.ts';
import type { InstanceInterface, InstanceRow } from './row.ts';

/** Interfaces of an instance that get an automatic public address at a start: those that have no address otherwise. */
export const wantsAddress = (row: InstanceRow): readonly InstanceInterface[] =>
  row.interfaces.filter((n) => n.autoPublicAddress && n.publicAddress === undefined);

/** Gives automatic public addresses to instances that start: one draw for all. For each, what changes in its row. */
export async function giveAutomatic(
  tx: Writing,
  rows: readonly InstanceRow[],
): Promise<readonly Partial<InstanceRow>[]> {
  const ips = [
    ...(await takePublicIps(
      tx,
      rows.reduce((sum, row) => sum + wantsAddress(row).length, 0),
    )),
  ];
  const changes: Partial<InstanceRow>[] = [];
  for (const row of rows) {
    const wanting = new Set(wantsAddress(row).map((n) => n.id));
    changes.push(
      await show(tx, row, (n) => (wanting.has(n.id) ? { ip: ips.pop()!, owner: 'amazon' } : n.publicAddress)),
    );
  }
  return changes;
}

/** Takes the automatic public addresses of an instance that stops. What changes in its row. */
export const takeAutomatic = (tx: Writing, row: InstanceRow): Promise<Partial<InstanceRow>> =>
  show(tx, row, (n) => (n.publicAddress?.owner === 'amazon' ? undefined : n.publicAddress));

async function show(
  tx: Writing,
  row: InstanceRow,
  addressOf: (n: InstanceInterface) => PublicAddress | undefined,
): Promise<Partial<InstanceRow>> {
  const interfaces: InstanceInterface[] = [];
  for (const n of row.interfaces) {
    const { publicAddress: before, ...rest } = n;
    const after = addressOf(n);
    interfaces.push(after === undefined ? rest : { ...rest, publicAddress: after });
    if (before?.ip === after?.ip) continue;
    const eni = await tx.need(networkInterface, n.id);
    await tx.update(networkInterface, eni, { publicAddress: after } as Partial<InterfaceRow>);
  }
  const primary = interfaces.find((n) => n.deviceIndex === 0)?.publicAddress;
  return { interfaces, publicDns: primary === undefined ? '' : publicDnsName(tx.region, primary.ip) };
}
