import type { Reading } from '../../../cloud/context/reading.ts';
import type { InstanceRow } from '../../../cloud/instance/row.ts';
import type { Signer } from '../identity/signer.ts';
import { dynamic } from './dynamic.ts';
import { metaData } from './metaData.ts';
import { type Folder, folder, lazyFolder, type Node } from './node.ts';
import { openStack } from './openStack.ts';
import { versions } from './versions.ts';

/** Everything that one instance can read. `cx` reads for the instance's account and region. */
export function rootOf(cx: Reading, row: InstanceRow, signer: Signer): Folder {
  const version: Folder = {
    children: new Map<string, Node>([
      ['dynamic', dynamic(row, signer)],
      ['meta-data', metaData(cx, row)],
      ...userData(row),
    ]),
  };
  return {
    ...folder({
      ...Object.fromEntries(versions.map((name) => [name, version])),
      openstack: lazyFolder(async () => openStack(cx, row)),
    }),
    // EC2's service lists its versions alone, and so does Nova's.
    listed: versions,
  };
}

/** The bytes that the client had encoded: decoded once, whatever they are. */
function userData({ userData: base64 }: InstanceRow): readonly (readonly [string, Node])[] {
  const bytes = Buffer.from(base64 ?? '', 'base64');
  return bytes.length === 0 ? [] : [['user-data', { value: bytes, type: 'application/octet-stream' }]];
}
