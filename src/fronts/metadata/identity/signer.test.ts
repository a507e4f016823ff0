import { verify, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { createVirtualClock } from '../../../main/clock/virtual.ts';
import { seededRandom } from '../../../main/random.ts';
import { secretBox } from '../../../main/secrets.ts';
import { openSqlite } from '../../../store/sqlite/open.ts';
import { octets } from './der.ts';
import { createSigner } from './signer.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const document = '{\n  "accountId" : "111122223333"\n}';

async function open() {
  const store = await openSqlite({ file: ':memory:' });
  const secrets = secretBox(Buffer.alloc(32, 1));
  const parts = { store, secrets, clock: createVirtualClock({ start: now }), random: seededRandom(1) };
  return { store, parts };
}

it('signs what its certificate verifies, and nothing else', async () => {
  const { store, parts } = await open();
  const signer = createSigner(parts);
  const certificate = new X509Certificate(await signer.certificate());
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.subject).toBe('O=Elsewhere\nCN=Elsewhere instance identity');
  expect(certificate.issuer).toBe(certificate.subject);
  expect([certificate.validFrom, certificate.validTo]).toEqual([
    'Jan  1 03:04:05 2026 GMT',
    'Dec 31 23:59:59 9999 GMT',
  ]);
  const signature = await signer.signature(document);
  expect(signature.split('\n').map((line) => line.length)).toEqual([64, 64, 64, 64, 64, 24]);
  const of = (text: string) =>
    verify('sha256', Buffer.from(text), certificate.publicKey, Buffer.from(signature, 'base64'));
  expect([of(document), of(`${document} `)]).toEqual([true, false]);
  const message = Buffer.from(await signer.pkcs7(document), 'base64');
  expect(message.includes(octets(Buffer.from(document)))).toBe(true);
  expect(message.includes(octets(Buffer.from(signature, 'base64')))).toBe(true);
  // A message with its own certificate would lead careless verifiers to trust whoever sent it.
  expect(message.includes(certificate.raw.subarray(-256))).toBe(false);
  await store.close();
});

it('keeps one key for all processes, sealed', async () => {
  const { store, parts } = await open();
  const [one, other] = [createSigner(parts), createSigner(parts)];
  const first = await Promise.all([one.certificate(), other.certificate()]);
  expect(first[1]).toBe(first[0]);
  expect(await createSigner(parts).certificate()).toBe(first[0]);
  expect(await createSigner(parts).signature(document)).toBe(await one.signature(document));
  const [item] = await store.read.items({ kind: 'identity-key', region: '*' });
  expect(item!.body).not.toContain('privateKey');
  const thief = createSigner({ ...parts, secrets: secretBox(Buffer.alloc(32, 2)) });
  await expect(thief.certificate()).rejects.toThrow();
  await store.close();
});
