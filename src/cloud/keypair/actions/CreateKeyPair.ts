import { CreateKeyPair$, type CreateKeyPairRequest, KeyFormat, type KeyPair, KeyType } from '@aws-sdk/client-ec2';
import { invalid } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { tagSpecifications, viewTags } from '../../tag/tagSpecifications.ts';
import { keypair } from '../keypair.ts';
import { createKeyMaterial, type KeyMaterial } from '../material/createKeyMaterial.ts';
import { needFreeName, needNameNotOwn, readKeyName } from '../names.ts';

export default write<CreateKeyPairRequest, KeyPair, KeyMaterial>(CreateKeyPair$, {
  doc: 'Creates a key pair and answers its private key, once.',
  async prepare(cx, input) {
    const name = readKeyName(input.KeyName);
    const type = input.KeyType ?? 'rsa';
    const format = input.KeyFormat ?? 'pem';
    if (!(Object.values(KeyType) as string[]).includes(type)) invalid(type, 'KeyType', 'It must be rsa or ed25519.');
    if (!(Object.values(KeyFormat) as string[]).includes(format))
      invalid(format, 'KeyFormat', 'It must be pem or ppk.');
    tagSpecifications(input.TagSpecifications, ['key-pair']);
    // Asked here too, because making a key is the expensive part.
    await needFreeName(cx, name);
    await needNameNotOwn(cx, name);
    return createKeyMaterial(type, format, name);
  },
  async run(tx, input, material) {
    const name = readKeyName(input.KeyName);
    await needFreeName(tx, name);
    await tx.take('key-pairs', 1);
    const row = await tx.insert(keypair, {
      name,
      type: input.KeyType ?? 'rsa',
      fingerprint: material.fingerprint,
      publicKey: material.publicKey,
      tags: tagSpecifications(input.TagSpecifications, ['key-pair'])['key-pair'] ?? {},
    });
    return {
      KeyPairId: row.id,
      KeyName: name,
      KeyFingerprint: row.fingerprint,
      KeyMaterial: material.privateText,
      ...viewTags(row.tags),
    };
  },
});
