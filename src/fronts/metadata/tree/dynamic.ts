import type { InstanceRow } from '../../../cloud/instance/row.ts';
import { identityDocument } from '../identity/document.ts';
import type { Signer } from '../identity/signer.ts';
import { type Folder, folder } from './node.ts';

/** `dynamic/` of an instance: its identity document with signatures, and whether it is monitored. */
export function dynamic(row: InstanceRow, signer: Signer): Folder {
  const document = identityDocument(row);
  return folder({
    fws: folder({ 'instance-monitoring': row.monitoring }),
    'instance-identity': folder({
      document,
      pkcs7: { value: () => signer.pkcs7(document) },
      rsa2048: { value: () => signer.pkcs7(document) },
      signature: { value: () => signer.signature(document) },
    }),
  });
}
