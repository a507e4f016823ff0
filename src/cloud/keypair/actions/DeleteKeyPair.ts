import { DeleteKeyPair$, type DeleteKeyPairRequest, type DeleteKeyPairResult } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { checkId, type Reading } from '../../context/reading.ts';
import { keypair } from '../keypair.ts';
import { ownKeyPair } from '../own.ts';
import type { KeyPairRow } from '../row.ts';

export default write<DeleteKeyPairRequest, DeleteKeyPairResult, void>(DeleteKeyPair$, {
  doc: 'Deletes a key pair; one that does not exist is no error.',
  prepare: refuseOwn,
  async run(tx, input) {
    const row = await named(tx, input);
    if (row === undefined) return { Return: true };
    await tx.remove(keypair, row);
    await tx.give('key-pairs', 1);
    return { Return: true, KeyPairId: row.id };
  },
});

/** What a user has in the cloud is deleted there: we change it for nobody. */
async function refuseOwn(cx: Reading, input: DeleteKeyPairRequest): Promise<void> {
  if ((await named(cx, input)) !== undefined) return;
  const { KeyName: name, KeyPairId: id } = input;
  const own = await ownKeyPair(cx, (one) => (id === undefined ? one.name === name : one.id === id));
  if (own === undefined) return;
  fail(
    'UnsupportedOperation',
    `The key pair '${own.name}' is the user's own in the cloud behind this region, and has to be deleted there.`,
  );
}

async function named(
  tx: Reading,
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
