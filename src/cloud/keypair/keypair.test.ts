import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../test/support/world.ts';
import { ed25519, refused, rsa2048 } from './material/knownKeys.ts';

const other = { account: otherAccount };
let w: TestWorld;
beforeEach(async () => {
  w = await testWorld({ quotas: { 'key-pairs': 3 } });
});
afterEach(() => w.close());

const listed = async (input: object = {}, options = {}) => (await w.call('DescribeKeyPairs', input, options)).KeyPairs;
const importKey = (KeyName: string, text: string = ed25519.line, rest: object = {}) =>
  w.call('ImportKeyPair', { KeyName, PublicKeyMaterial: Buffer.from(text), ...rest });
const tags = [{ ResourceType: 'key-pair', Tags: [{ Key: 'a', Value: 'b' }] }];

describe('CreateKeyPair', () => {
  it('answers the private key once', async () => {
    const out = await w.call('CreateKeyPair', { KeyName: 'mine', TagSpecifications: tags });
    expect(out).toEqual({
      KeyPairId: expect.stringMatching(/^key-[0-9a-f]{17}$/),
      KeyName: 'mine',
      KeyFingerprint: expect.stringMatching(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/),
      KeyMaterial: expect.stringMatching(/^-----BEGIN RSA PRIVATE KEY-----/),
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    const { KeyMaterial, ...shown } = out;
    expect(await listed()).toEqual([{ ...shown, KeyType: 'rsa', CreateTime: new Date(w.clock.now()) }]);
  });

  it.each([
    [{ KeyType: 'ed25519' }, /BEGIN OPENSSH PRIVATE KEY/],
    [{ KeyType: 'ed25519', KeyFormat: 'ppk' }, /^PuTTY-User-Key-File/],
    [{ KeyType: 'rsa', KeyFormat: 'ppk' }, /^PuTTY-User-Key-File/],
  ])('makes %j', async (input, form) =>
    expect((await w.call('CreateKeyPair', { KeyName: 'k', ...input })).KeyMaterial).toMatch(form),
  );

  it.each([
    [{ KeyName: undefined }, 'MissingParameter', /KeyName/],
    [{ KeyName: '' }, 'MissingParameter', /KeyName/],
    [{ KeyName: 'a'.repeat(256) }, 'InvalidParameterValue', /255/],
    [{ KeyName: 'büro' }, 'InvalidParameterValue', /KeyName/],
    [{ KeyName: 'a\nb' }, 'InvalidParameterValue', /KeyName/],
    [{ KeyName: ' a' }, 'InvalidParameterValue', /KeyName/],
    [{ KeyType: 'dsa' }, 'InvalidParameterValue', /KeyType/],
    [{ KeyFormat: 'der' }, 'InvalidParameterValue', /KeyFormat/],
    [{ TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a' }] }] }, 'InvalidParameterValue', /instance/],
    [{ DryRun: true }, 'DryRunOperation', /./],
  ] as const)('refuses %j', async (input, code, message) => {
    await expectRefusal(w.call('CreateKeyPair', { KeyName: 'k', KeyType: 'ed25519', ...input }), code, message);
    expect(await listed()).toEqual([]);
  });

  it('refuses a name that is taken, also when both ask at once, and more than the quota', async () => {
    const create = (KeyName: string) => w.call('CreateKeyPair', { KeyName, KeyType: 'ed25519' });
    const both = await Promise.allSettled([create('one'), create('one')]);
    expect(both.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    await expectRefusal(create('one'), 'InvalidKeyPair.Duplicate', /The keypair 'one' already exists\./);
    await create('two');
    await create('three');
    await expectRefusal(create('four'), 'KeyPairLimitExceeded');
    await w.call('DeleteKeyPair', { KeyName: 'one' });
    await create('four');
    await w.call('CreateKeyPair', { KeyName: 'two', KeyType: 'ed25519' }, other);
  });
});

describe('ImportKeyPair', () => {
  it('takes a public key', async () => {
    const out = await importKey('mine', rsa2048.line, { TagSpecifications: tags });
    expect(out).toMatchObject({ KeyName: 'mine', KeyFingerprint: rsa2048.md5, Tags: [{ Key: 'a', Value: 'b' }] });
    const [{ PublicKey }] = await listed({ IncludePublicKey: true });
    expect(PublicKey).toBe(`${rsa2048.line.split(' ').slice(0, 2).join(' ')} mine`);
  });

  it('refuses other keys, names that are taken, missing material', async () => {
    await importKey('mine');
    await expectRefusal(importKey('mine'), 'InvalidKeyPair.Duplicate');
    await expectRefusal(importKey('k', refused.dsa), 'InvalidKey.Format', /OpenSSH/);
    await expectRefusal(importKey('k', 'garbage'), 'InvalidKey.Format');
    await expectRefusal(w.call('ImportKeyPair', { KeyName: 'k' }), 'MissingParameter', /PublicKeyMaterial/);
    await expectRefusal(importKey('k', ed25519.line, { DryRun: true }), 'DryRunOperation');
    expect(await listed()).toHaveLength(1);
  });
});

describe('DeleteKeyPair', () => {
  it('deletes by name and by id; what is not there is no error', async () => {
    const { KeyPairId } = await importKey('mine');
    expect(await w.call('DeleteKeyPair', { KeyName: 'mine' }, other)).toEqual({ Return: true });
    expect(await w.call('DeleteKeyPair', { KeyPairId }, other)).toEqual({ Return: true });
    expect(await w.call('DeleteKeyPair', { KeyPairId })).toEqual({ Return: true, KeyPairId });
    await importKey('mine');
    expect(await w.call('DeleteKeyPair', { KeyName: 'mine' })).toMatchObject({
      Return: true,
      KeyPairId: expect.any(String),
    });
    expect(await w.call('DeleteKeyPair', { KeyName: 'mine' })).toEqual({ Return: true });
    expect(await listed()).toEqual([]);
  });

  it('refuses requests that name none, or two ways, or nonsense', async () => {
    await expectRefusal(w.call('DeleteKeyPair', {}), 'MissingParameter', /KeyName/);
    await expectRefusal(w.call('DeleteKeyPair', { KeyName: 'a', KeyPairId: 'b' }), 'InvalidParameterCombination');
    await expectRefusal(w.call('DeleteKeyPair', { KeyPairId: 'b' }), 'InvalidParameterValue', /b/);
  });
});

describe('DescribeKeyPairs', () => {
  it('finds by name, id and filters', async () => {
    const { KeyPairId, KeyFingerprint } = await importKey('one', ed25519.line, { TagSpecifications: tags });
    await importKey('two', rsa2048.line);
    const names = async (input: object) => (await listed(input)).map((k: { KeyName: string }) => k.KeyName);
    expect(await names({ KeyNames: ['two'] })).toEqual(['two']);
    expect(await names({ KeyPairIds: [KeyPairId] })).toEqual(['one']);
    const filter = (Name: string, value: string) => names({ Filters: [{ Name, Values: [value] }] });
    expect(await filter('key-name', 't*')).toEqual(['two']);
    expect(await filter('key-pair-id', KeyPairId)).toEqual(['one']);
    expect(await filter('fingerprint', KeyFingerprint)).toEqual(['one']);
    expect(await filter('tag:a', 'b')).toEqual(['one']);
    expect(await filter('tag-key', 'a')).toEqual(['one']);
    expect((await listed())[0]).not.toHaveProperty('PublicKey');
  });

  it('refuses what is not there', async () => {
    const { KeyPairId } = await importKey('one');
    await expectRefusal(
      listed({ KeyNames: ['one'] }, other),
      'InvalidKeyPair.NotFound',
      /The key pair 'one' does not exist/,
    );
    await expectRefusal(
      listed({ KeyNames: ['one', 'a', 'b'] }),
      'InvalidKeyPair.NotFound',
      /key pairs 'a, b' do not exist/,
    );
    await expectRefusal(listed({ KeyPairIds: [KeyPairId] }, other), 'InvalidKeyPair.NotFound', new RegExp(KeyPairId));
  });
});
