import { afterAll, beforeAll, expect, it, describe as suite } from 'vitest';
import { expectRefusal, type Output, otherAccount, type TestWorld, testWorld } from '../../../test/support/world.ts';

let w: TestWorld;
const ids: string[] = [];
beforeAll(async () => {
  w = await testWorld();
  for (let i = 0; i < 12; i++) {
    const Tags = [{ Key: 'Name', Value: `disk-${i % 3}` }, ...(i === 0 ? [{ Key: 'odd *', Value: 'a?b' }] : [])];
    const TagSpecifications = [{ ResourceType: 'volume', Tags }];
    const { VolumeId } = await w.call('CreateVolume', {
      AvailabilityZone: 'us-east-1a',
      Size: i + 1,
      TagSpecifications,
    });
    ids.push(VolumeId);
  }
  await w.settle();
});
afterAll(() => w.close());

const volumes = (input: object = {}, account?: string): Promise<Output> =>
  w.call('DescribeVolumes', input, account === undefined ? {} : { account });
const found = async (...Filters: readonly { Name: string; Values: readonly string[] }[]): Promise<readonly number[]> =>
  (await volumes({ Filters })).Volumes.map((v: Output) => v.Size);

suite('pages', () => {
  it('give every row once, in order, with a token while there is more', async () => {
    const seen: string[] = [];
    let NextToken: string | undefined;
    const sizes: number[] = [];
    do {
      const page: Output = await volumes({ MaxResults: 5, NextToken });
      seen.push(...page.Volumes.map((v: Output) => v.VolumeId));
      sizes.push(page.Volumes.length);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect([seen, sizes]).toEqual([ids, [5, 5, 2]]);
  });

  it('a page that is exactly the rest has no token; without MaxResults all come at once', async () => {
    expect((await volumes({ MaxResults: 12 })).NextToken).toBeUndefined();
    expect((await volumes()).Volumes.length).toBe(12);
  });

  it('the size of a page may change on the way', async () => {
    const { NextToken } = await volumes({ MaxResults: 5 });
    expect((await volumes({ MaxResults: 1000, NextToken })).Volumes.map((v: Output) => v.VolumeId)).toEqual(
      ids.slice(5),
    );
  });

  it('tests of rows are paged, too: the token comes only when another row passes', async () => {
    const Filters = [
      { Name: 'tag:Name', Values: ['disk-?'] },
      { Name: 'size', Values: ['1', '2', '3', '4', '5', '12'] },
    ];
    const first = await volumes({ MaxResults: 5, Filters });
    expect(first.Volumes.length).toBe(5);
    const second = await volumes({ MaxResults: 5, Filters, NextToken: first.NextToken });
    expect([second.Volumes.map((v: Output) => v.Size), second.NextToken]).toEqual([[12], undefined]);
  });

  it.each([4, 0, -1, 1001])('MaxResults of %i is refused', (MaxResults) =>
    expectRefusal(
      volumes({ MaxResults }),
      'InvalidParameterValue',
      /maxResults is invalid. Expecting a value between 5 and 1000/,
    ),
  );

  it('a token of another question, account, action or maker is refused', async () => {
    const Filters = [{ Name: 'tag:Name', Values: ['*'] }];
    const { NextToken } = await volumes({ MaxResults: 5, Filters });
    expect((await volumes({ MaxResults: 5, Filters, NextToken })).Volumes.length).toBe(5);
    const bytes = Buffer.from(NextToken, 'base64url');
    const forged = Buffer.from(bytes);
    forged[7]! ^= 1;
    const forgeries = [
      forged.toString('base64url'),
      bytes.subarray(0, 23).toString('base64url'),
      `${NextToken}AA`,
      'x',
      '../../etc',
      '0',
    ];
    const wrong: readonly (() => Promise<Output>)[] = [
      () => volumes({ MaxResults: 5, NextToken }),
      () => volumes({ MaxResults: 5, Filters: [{ Name: 'tag:Name', Values: ['d*'] }], NextToken }),
      () => volumes({ MaxResults: 5, Filters, NextToken }, otherAccount),
      () => w.call('DescribeVolumes', { MaxResults: 5, Filters, NextToken }, { region: 'eu-west-1' }),
      () => w.call('DescribeSnapshots', { MaxResults: 5, NextToken }),
      ...forgeries.map((token) => () => volumes({ MaxResults: 5, Filters, NextToken: token })),
    ];
    for (const request of wrong) await expectRefusal(request(), 'InvalidParameterValue', /nextToken/);
  });
});

suite('filters', () => {
  it('are or within and and across, with wildcards and tags', async () => {
    expect(await found({ Name: 'size', Values: ['1', '2', '99'] })).toEqual([1, 2]);
    expect(
      await found({ Name: 'tag:Name', Values: ['disk-0', 'disk-1'] }, { Name: 'size', Values: ['1?', '2'] }),
    ).toEqual([2, 10, 11]);
    expect(await found({ Name: 'tag-key', Values: ['odd*'] })).toEqual([1]);
    expect(await found({ Name: 'tag:odd *', Values: ['a\\?b'] })).toEqual([1]);
    expect(await found({ Name: 'tag:odd *', Values: ['a?b'] })).toEqual([1]);
    expect(await found({ Name: 'status', Values: ['AVAILABLE'] })).toEqual([]);
    expect(await found({ Name: 'tag:', Values: ['*'] })).toEqual([]);
  });

  it('the same filter twice must pass twice', async () => {
    expect(await found({ Name: 'size', Values: ['1', '2'] }, { Name: 'size', Values: ['2', '3'] })).toEqual([2]);
  });

  it.each([
    [[{ Name: 'colour', Values: ['x'] }], 'InvalidParameterValue', /'colour'/],
    [[{ Name: 'constructor', Values: ['x'] }], 'InvalidParameterValue', /'constructor'/],
    [[{ Name: 'Status', Values: ['x'] }], 'InvalidParameterValue', /'Status'/],
    [[{ Name: 'status', Values: ['x'] }, { Values: ['x'] }], 'InvalidParameterValue', /Filter\.2\.Name/],
    [[{ Name: 'status' }], 'InvalidParameterValue', /Filter\.1\.Value/],
    [[{ Name: 'status', Values: [] }], 'InvalidParameterValue', /'status' has no values/],
    [[{ Name: 'status', Values: Array(201).fill('x') }], 'FilterLimitExceeded', /200/],
    [
      [
        { Name: 'status', Values: Array(200).fill('x') },
        { Name: 'size', Values: ['1'] },
      ],
      'FilterLimitExceeded',
      /200/,
    ],
  ])('%#: refused', (Filters, code, message) => expectRefusal(volumes({ Filters }), code, message));

  it('200 values are allowed', async () => {
    expect(await found({ Name: 'size', Values: Array.from({ length: 200 }, (_, i) => `${i}`) })).toHaveLength(12);
  });
});

suite('ids', () => {
  it('choose rows, each once, in order of creation', async () => {
    const { Volumes } = await volumes({ VolumeIds: [ids[3], ids[1], ids[3]] });
    expect(Volumes.map((v: Output) => v.VolumeId)).toEqual([ids[1], ids[3]]);
  });

  it('unknown ones are refused, also when filters would leave them out; other accounts’ are unknown', async () => {
    const unknown = 'vol-00000000000000001';
    await expectRefusal(volumes({ VolumeIds: [ids[0], unknown] }), 'InvalidVolume.NotFound', /vol-00000000000000001/);
    await expectRefusal(
      volumes({ VolumeIds: [unknown], Filters: [{ Name: 'size', Values: ['0'] }] }),
      'InvalidVolume.NotFound',
    );
    await expectRefusal(volumes({ VolumeIds: [ids[0]] }, otherAccount), 'InvalidVolume.NotFound');
    await expectRefusal(volumes({ VolumeIds: ['vol-x'] }), 'InvalidVolumeID.Malformed');
  });

  it('filters choose among them', async () => {
    const { Volumes } = await volumes({ VolumeIds: ids.slice(0, 4), Filters: [{ Name: 'size', Values: ['2', '9'] }] });
    expect(Volumes.map((v: Output) => v.Size)).toEqual([2]);
  });
});
