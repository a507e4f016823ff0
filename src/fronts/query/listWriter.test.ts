import { DescribeInstances$, DescribeVolumes$ } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { Listing } from '../../cloud/action/listing.ts';
import type { Resource, Row } from '../../kernel/resource.ts';
import { operationOf, type StructureShape } from '../awsquery/schema.ts';
import { type Inner, isText } from './body.ts';
import { createFragments, type Fragments } from './fragments.ts';
import { ListWriter } from './listWriter.ts';

interface Thing extends Row {
  readonly group: string;
}

const thing = (seq: number, group: string): Thing => ({
  id: `i-${seq}`,
  account: '111122223333',
  region: 'us-east-1',
  createdAt: 0,
  tags: {},
  group,
});

/** A listing of `count` things in groups of `size`, and what was loaded for it. */
function listing(count: number, size: number, { generation = 1, gone = 0, grouped = true } = {}) {
  const loaded: number[] = [];
  const heads = Array.from({ length: count }, (_, i) => ({ seq: i + 1, id: `i-${i + 1}`, generation }));
  const view = (row: Row) => (grouped ? { InstanceId: row.id } : { VolumeId: row.id });
  const made = new Listing({
    resource: { view } as unknown as Resource,
    member: grouped ? 'Reservations' : 'Volumes',
    heads,
    grouping: grouped
      ? {
          key: (row) => (row as Thing).group,
          shell: (row) => ({ ReservationId: (row as Thing).group }),
          member: 'Instances',
        }
      : undefined,
    rest: { NextToken: 'more' },
    load: async (seqs) => {
      loaded.push(...seqs);
      return new Map(
        seqs.filter((seq) => seq !== gone).map((seq) => [seq, thing(seq, `r-${Math.ceil(seq / size)}`)] as const),
      );
    },
  });
  return { made, loaded };
}

const writerOf = (operation: unknown) => new ListWriter(operationOf(operation).output as StructureShape, 'ec2');

async function textOf(inner: Inner): Promise<string> {
  if (isText(inner)) return inner.text;
  if (Buffer.isBuffer(inner)) return inner.toString();
  const parts: Buffer[] = [];
  for await (const part of inner) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** What the answer must be, said as plainly as possible. */
function expected(count: number, size: number, gone = 0): string {
  let xml = '';
  for (let first = 1; first <= count; first += size) {
    const ids = Array.from({ length: Math.min(size, count - first + 1) }, (_, i) => first + i).filter(
      (i) => i !== gone,
    );
    if (ids.length === 0) continue;
    const items = ids.map((i) => `<item><instanceId>i-${i}</instanceId></item>`).join('');
    xml += `<item><reservationId>r-${Math.ceil(first / size)}</reservationId><instancesSet>${items}</instancesSet></item>`;
  }
  return `<reservationSet>${xml}</reservationSet><nextToken>more</nextToken>`;
}

describe('the list of an answer', () => {
  it.each([
    ['none', 0, 3],
    ['a few, as text', 4, 3],
    ['more, as bytes', 1_000, 7],
    ['very many, as a stream whose batches end inside groups', 5_003, 333],
    ['very many of one group', 2_001, 5_000],
  ])('is the same however long it is: %s', async (_, count, size) => {
    const inner = await writerOf(DescribeInstances$).write(createFragments(), listing(count, size).made);
    expect(await textOf(inner)).toBe(expected(count, size));
  });

  it.each([3, 100, 3_000])('leaves out what went away meanwhile (%s)', async (count) => {
    const inner = await writerOf(DescribeInstances$).write(createFragments(), listing(count, 10, { gone: 2 }).made);
    expect(await textOf(inner)).toBe(expected(count, 10, 2));
  });

  it('without groups is one element after another', async () => {
    const { made } = listing(2, 1, { grouped: false });
    expect(await textOf(await writerOf(DescribeVolumes$).write(createFragments(), made))).toBe(
      '<volumeSet><item><volumeId>i-1</volumeId></item><item><volumeId>i-2</volumeId></item></volumeSet><nextToken>more</nextToken>',
    );
  });
});

describe('rows of a longer list', () => {
  const write = async (writer: ListWriter, fragments: Fragments, generation: number) => {
    const { made, loaded } = listing(100, 10, { generation });
    await textOf(await writer.write(fragments, made));
    return loaded.length;
  };

  it('are loaded once a generation', async () => {
    const writer = writerOf(DescribeInstances$);
    const fragments = createFragments();
    expect(await write(writer, fragments, 1)).toBe(100);
    expect(await write(writer, fragments, 1)).toBe(0);
    expect(await write(writer, fragments, 2)).toBe(100);
  });

  it('are rendered for each writer of its own', async () => {
    const fragments = createFragments();
    expect(await write(writerOf(DescribeInstances$), fragments, 1)).toBe(100);
    expect(await write(writerOf(DescribeInstances$), fragments, 1)).toBe(100);
  });
});

it('a stream takes its rows as it goes', async () => {
  const { made, loaded } = listing(5_000, 10);
  const inner = (await writerOf(DescribeInstances$).write(createFragments(), made)) as AsyncGenerator<Buffer>;
  await inner.next();
  expect(loaded).toEqual([]);
  await inner.next();
  expect(loaded.length).toBe(500);
  await inner.return(undefined);
  expect(loaded.length).toBe(500);
});
