import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  expectRefusal,
  type Output,
  otherAccount,
  type TestWorld,
  testAccount,
  testWorld,
} from '../../../test/support/world.ts';
import type { Action } from '../action/action.ts';
import type { Listing } from '../action/listing.ts';
import { perform } from '../action/perform.ts';
import { write } from '../context/writing.ts';
import describeImages from '../image/actions/DescribeImages.ts';
import { snapshot } from '../snapshot/snapshot.ts';

const other = { account: otherAccount };
let w: TestWorld;
let id: string;
beforeEach(async () => {
  w = await testWorld();
  const Filters = [{ Name: 'name', Values: ['al2023-ami-2*-x86_64'] }];
  id = (await w.call('DescribeImages', { Filters })).Images[0].ImageId;
});
afterEach(() => w.close());

const put = (Resources: readonly string[], tags: Record<string, string>, options = {}) =>
  w.call('CreateTags', { Resources, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }, options);
const imageOf = async (options = {}, input: object = { ImageIds: [id] }) =>
  (await w.call('DescribeImages', input, options)).Images.map((i: Output) => [i.ImageId, i.Tags]);
const found = async (name: string, value: string, options = {}) =>
  (await w.call('DescribeImages', { Filters: [{ Name: name, Values: [value] }] }, options)).Images.map(
    (i: Output) => i.ImageId,
  );
const listed = async (options = {}) =>
  (await w.call('DescribeTags', {}, options)).Tags.map(
    (t: Output) => `${t.ResourceType} ${t.ResourceId} ${t.Key}=${t.Value}`,
  );

describe('tags on a public image', () => {
  it('are seen by the account that put them there alone', async () => {
    expect(await imageOf()).toEqual([[id, undefined]]);
    await put([id], { a: '1', Name: 'mine' });
    await put([id], { a: '2' }, other);
    const sorted = (tags: readonly Output[]) => tags.map((t) => `${t.Key}=${t.Value}`).sort();
    expect(sorted((await imageOf())[0][1])).toEqual(['Name=mine', 'a=1']);
    expect(sorted((await imageOf(other))[0][1])).toEqual(['a=2']);
    expect((await listed()).sort()).toEqual([`image ${id} Name=mine`, `image ${id} a=1`]);
    expect(await listed(other)).toEqual([`image ${id} a=2`]);
    expect(await listed({ account: '777788889999' })).toEqual([]);
  });

  it('are what filters look at', async () => {
    await put([id], { a: '1' });
    await put([id], { a: '2', theirs: 'x' }, other);
    for (const [name, value] of [
      ['tag:a', '1'],
      ['tag:a', '?'],
      ['tag-key', 'a'],
      ['tag-value', '1'],
    ] as const)
      expect(await found(name, value), name).toEqual([id]);
    expect(await found('tag:a', '2')).toEqual([]);
    expect(await found('tag-key', 'theirs')).toEqual([]);
    expect(await found('tag:a', '2', other)).toEqual([id]);
  });

  it('are changed and taken off again, in pages too', async () => {
    const before = await imageOf({}, { MaxResults: 3 });
    await put([id], { a: '1', b: '2' });
    await put([id], { a: '3' });
    await w.call('DeleteTags', { Resources: [id], Tags: [{ Key: 'b' }] });
    expect(await imageOf()).toEqual([[id, [{ Key: 'a', Value: '3' }]]]);
    const all: Output[] = [];
    let NextToken: string | undefined;
    do {
      const page: Output = await w.call('DescribeImages', { MaxResults: 50, ...(NextToken && { NextToken }) });
      all.push(...page.Images);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(all.filter((i) => i.Tags !== undefined).map((i) => i.ImageId)).toEqual([id]);
    expect(new Set(all.map((i) => i.ImageId)).size).toBe((await w.call('DescribeImages')).Images.length);
    await w.call('DeleteTags', { Resources: [id] });
    expect(await imageOf()).toEqual([[id, undefined]]);
    expect(await imageOf({}, { MaxResults: 3 })).toEqual(before);
    expect(await listed()).toEqual([]);
  });

  it('are as many as any resource may have, and a dry run puts none', async () => {
    await expectRefusal(
      w.call('CreateTags', { Resources: [id], Tags: [{ Key: 'a' }], DryRun: true }),
      'DryRunOperation',
    );
    await put([id], Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, ''])));
    await expectRefusal(put([id], { more: '' }), 'TagLimitExceeded');
    await expectRefusal(put([id, 'ami-00000000'], { k0: 'x' }), 'InvalidAMIID.NotFound');
    expect(await found('tag:k0', '')).toEqual([id]);
  });

  it('are rendered apart for each account: a door keeps what it rendered by number and generation', async () => {
    const heads = async (account: string) => {
      const scope = { account, region: 'us-east-1' };
      const listing = await perform(w.world, scope, describeImages as unknown as Action, { ImageIds: [id] });
      return (listing as Listing).heads.map(({ seq, generation }) => `${seq} ${generation}`);
    };
    expect(await heads(testAccount)).toEqual(await heads(otherAccount));
    await put([id], { a: '1' });
    await put([id], { a: '2' }, other);
    const first = await heads(testAccount);
    expect(first).not.toEqual(await heads(otherAccount));
    await put([id], { a: '3' });
    expect(await heads(testAccount)).not.toEqual(first);
  });
});

describe('tags on a shared snapshot', () => {
  it('of its owner are not shown to others, nor those of others to its owner', async () => {
    const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
    await w.settle();
    const { SnapshotId } = await w.call('CreateSnapshot', { VolumeId });
    await w.settle();
    await put([SnapshotId], { owner: 'secret' });
    const share = (permissions: readonly string[]) =>
      write(w.world, { account: testAccount, region: 'us-east-1' }, async (tx) =>
        tx.update(snapshot, await tx.need(snapshot, SnapshotId), { permissions }),
      );
    await expectRefusal(put([SnapshotId], { a: '1' }, other), 'InvalidSnapshot.NotFound');
    await share([otherAccount]);
    await put([SnapshotId], { a: '1' }, other);
    const tagsOf = async (options = {}) =>
      (await w.call('DescribeSnapshots', { SnapshotIds: [SnapshotId] }, options)).Snapshots[0].Tags;
    expect(await tagsOf()).toEqual([{ Key: 'owner', Value: 'secret' }]);
    expect(await tagsOf(other)).toEqual([{ Key: 'a', Value: '1' }]);
    expect(await listed(other)).toEqual([`snapshot ${SnapshotId} a=1`]);
    const byOwner = { Filters: [{ Name: 'tag:owner', Values: ['secret'] }] };
    expect((await w.call('DescribeSnapshots', byOwner)).Snapshots).toHaveLength(1);
    expect((await w.call('DescribeSnapshots', byOwner, other)).Snapshots).toEqual([]);
    // What is not shared any more has no tags to be seen.
    await share([]);
    expect(await listed(other)).toEqual([]);
  });
});
