import type { World } from '../../cloud/context/world.ts';
import { write } from '../../cloud/context/writing.ts';
import { instance } from '../../cloud/instance/instance.ts';
import type { InstanceRow } from '../../cloud/instance/row.ts';
import { type MetadataReply, refusal } from './reply.ts';

/** Nova keeps so many bytes, and no more. */
export const longestPassword = 1_020;

/**
 * Keeps what a guest says that its password is, sealed: at OpenStack it is what the key pair's key can open. Only once:
 * 409 where there is one.
 */
export async function keepPassword(world: World, { id, account, region }: InstanceRow, bytes: Uint8Array) {
  return write(world, { account, region }, async (tx): Promise<MetadataReply> => {
    const row = await tx.find(instance, id);
    if (row === undefined) return refusal(404);
    if (row.password !== undefined) return refusal(409);
    if (bytes.length > 0)
      await tx.update(instance, row, { password: world.secrets.seal(Buffer.from(bytes).toString('base64')) });
    return { status: 200, headers: ['Content-Type', 'text/plain'], body: '' };
  });
}
