import { DeleteKeyPair$, type DeleteKeyPairRequest, type DeleteKeyPairResult } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { checkId } from '../../context/reading.ts';
import type { Writing } from '../../context/writing.ts';
import { keypair } from '../keypair.ts';
import type { KeyPairRow } from '../row.ts';

export default write<DeleteKeyPairRequest, DeleteKeyPairResult>(DeleteKeyPair$, {
  doc: 'Deletes a key pair; one that does not exist is no error.',
  async run(tx, input) {
    const row = await named(tx, input);
    if (row === undefined) return { Return: true };
    await tx.remove(keypair, row);
    await tx.give('key-pairs', 1);
    return { Return: true, KeyPairId: row.id };
  },
});

async function named(
  tx: Writing,
  { KeyName: name, KeyPairId: id }: DeleteKeyPairRequest,
): Promise<KeyPairRow | undefined> {
  if (name !== undefined && id !== undefined) {
    fail('InvalidParameterCombination', 'The parameter KeyName cannot be used with the parameter KeyPairId');
  }
  if (id !== undefined) {
    checkId(keypair, id);
    return tx.find(keypair, id);
  }
  if (name === undefined) return fail('MissingParameter', 'Either KeyName or KeyPairId must be specified');
  return (await tx.where(keypair, { 'key-name': name }))[0];
}
