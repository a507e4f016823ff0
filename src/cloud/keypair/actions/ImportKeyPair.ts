import { ImportKeyPair$, type ImportKeyPairRequest, type ImportKeyPairResult } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { tagSpecifications, viewTags } from '../../tag/tagSpecifications.ts';
import { keypair } from '../keypair.ts';
import { KeyFormatError } from '../material/keyFormatError.ts';
import { type ImportedKey, readPublicKey } from '../material/readPublicKey.ts';
import { needFreeName, needNameNotOwn, readKeyName } from '../names.ts';

export default write<ImportKeyPairRequest, ImportKeyPairResult, void>(ImportKeyPair$, {
  doc: 'Takes the public key of a key pair that was made elsewhere.',
  prepare: (cx, input) => needNameNotOwn(cx, readKeyName(input.KeyName)),
  async run(tx, input) {
    const name = readKeyName(input.KeyName);
    const key = readKey(input.PublicKeyMaterial ?? missing('PublicKeyMaterial'));
    const tags = tagSpecifications(input.TagSpecifications, ['key-pair'])['key-pair'] ?? {};
    await needFreeName(tx, name);
    await tx.take('key-pairs', 1);
    const row = await tx.insert(keypair, {
      name,
      type: key.type,
      fingerprint: key.fingerprint,
      publicKey: `${key.publicKey} ${name}`,
      tags,
    });
    return { KeyPairId: row.id, KeyName: name, KeyFingerprint: row.fingerprint, ...viewTags(row.tags) };
  },
});

function readKey(material: Uint8Array): ImportedKey {
  try {
    return readPublicKey(material);
  } catch (error) {
    if (error instanceof KeyFormatError) return fail('InvalidKey.Format', error.message);
    throw error;
  }
}
