import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type TestWorld, testWorld } from '../../../test/support/world.ts';
import { DriverError } from '../../ports/driver.ts';
import type { OwnKeyPair, RequestUser } from '../../ports/identity.ts';
import { instance } from '../instance/instance.ts';
import type { InstanceRow } from '../instance/row.ts';
import { ed25519, rsa2048 } from './material/knownKeys.ts';

const [first, second] = ['key-00000000000000001', 'key-00000000000000002'] as const;
const one: OwnKeyPair = { id: first, name: 'one', publicKey: ed25519.line };
const two: OwnKeyPair = { id: second, name: 'two', publicKey: rsa2048.line };
const odd: OwnKeyPair = { id: 'key-00000000000000003', name: 'odd', publicKey: 'ecdsa-sha2-nistp256 AAAA' };
const asks = (...keys: readonly OwnKeyPair[]): { user: RequestUser } => ({ user: { keyPairs: async () => keys } });
const away = { user: { keyPairs: () => Promise.reject(new DriverError('unavailable', 'Nova is away')) } };

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
  await w.call('ImportKeyPair', { KeyName: 'shared', PublicKeyMaterial: Buffer.from(rsa2048.line) });
});
afterEach(() => w.close());

const listed = async (input: object, options: object) =>
  (await w.call('DescribeKeyPairs', input, options)).KeyPairs as readonly Record<string, unknown>[];
const names = async (input: object, options: object) => (await listed(input, options)).map(({ KeyName }) => KeyName);

describe('the key pairs that a user has in the cloud', () => {
  it('are shown to this user, after the account’s, where EC2 knows their kind', async () => {
    expect(await names({}, asks(one, odd, two))).toEqual(['shared', 'one', 'two']);
    expect(await names({}, asks(two))).toEqual(['shared', 'two']);
    expect(await names({}, {})).toEqual(['shared']);
    const [, shown] = await listed({ IncludePublicKey: true }, asks(one));
    expect(shown).toMatchObject({ KeyPairId: first, KeyType: 'ed25519', KeyFingerprint: `${ed25519.sha256}=` });
    expect(shown!.PublicKey).toBe(`${ed25519.line.split(' ').slice(0, 2).join(' ')} one`);
    expect(shown).not.toHaveProperty('CreateTime');
  });

  it('are found by names, ids and filters', async () => {
    const user = asks(one, two);
    expect(await names({ KeyNames: ['two'] }, user)).toEqual(['two']);
    expect(await names({ KeyNames: ['shared', 'one'] }, user)).toEqual(['shared', 'one']);
    expect(await names({ KeyPairIds: [first] }, user)).toEqual(['one']);
    expect(await names({ Filters: [{ Name: 'key-name', Values: ['t*', 'one'] }] }, user)).toEqual(['one', 'two']);
    expect(await names({ Filters: [{ Name: 'fingerprint', Values: [`${ed25519.sha256}=`] }] }, user)).toEqual(['one']);
    expect(await names({ Filters: [{ Name: 'tag-key', Values: ['*'] }] }, user)).toEqual([]);
    await expectRefusal(w.call('DescribeKeyPairs', { KeyNames: ['one', 'no'] }, user), 'InvalidKeyPair.NotFound');
    await expectRefusal(w.call('DescribeKeyPairs', { KeyPairIds: [first] }), 'InvalidKeyPair.NotFound');
  });

  it('stand behind one of the account of the same name, and its name is theirs else', async () => {
    const user = asks({ ...one, name: 'shared' }, two);
    expect(await listed({ KeyNames: ['shared'] }, user)).toMatchObject([{ KeyType: 'rsa' }]);
    await expectRefusal(w.call('CreateKeyPair', { KeyName: 'two' }, user), 'InvalidKeyPair.Duplicate');
    const imported = { KeyName: 'two', PublicKeyMaterial: Buffer.from(ed25519.line) };
    await expectRefusal(w.call('ImportKeyPair', imported, user), 'InvalidKeyPair.Duplicate');
    await w.call('ImportKeyPair', imported);
  });

  it('are deleted by nobody here', async () => {
    for (const input of [{ KeyName: 'two' }, { KeyPairId: second }])
      await expectRefusal(w.call('DeleteKeyPair', input, asks(two)), 'UnsupportedOperation');
    expect(await w.call('DeleteKeyPair', { KeyName: 'none' }, asks(two))).toEqual({ Return: true });
    expect(await w.call('DeleteKeyPair', { KeyName: 'shared' }, asks(two))).toMatchObject({ Return: true });
  });

  it('may be named in a launch by the user, and by nobody else', async () => {
    const { Images } = await w.call('DescribeImages', { Owners: ['amazon'] });
    const input = { ImageId: Images[0].ImageId, MinCount: 1, MaxCount: 1, KeyName: 'one' };
    const { Instances } = await w.call('RunInstances', input, asks(one));
    expect(Instances[0].KeyName).toBe('one');
    const [item] = await w.world.store.read.items({
      kind: instance.kind,
      account: '111122223333',
      region: 'us-east-1',
      ids: [Instances[0].InstanceId],
    });
    expect((JSON.parse(item!.body) as InstanceRow).publicKey).toContain(ed25519.line.split(' ')[1]);
    await expectRefusal(w.call('RunInstances', input, asks(two)), 'InvalidKeyPair.NotFound');
    await expectRefusal(w.call('RunInstances', input), 'InvalidKeyPair.NotFound');
    await expectRefusal(w.call('RunInstances', input, away), 'Unavailable');
    await w.call('RunInstances', { ...input, KeyName: 'shared' }, away);
  });

  it('are left out where the cloud does not answer, and the account’s own are there', async () => {
    expect(await names({}, away)).toEqual(['shared']);
    await expectRefusal(w.call('DeleteKeyPair', { KeyName: 'one' }, away), 'Unavailable');
    await w.call('DeleteKeyPair', { KeyName: 'shared' }, away);
  });
});
