import { expect, it } from 'vitest';
import { mergedTags } from './mergedTags.ts';

const id = 'i-00000000000000001';
const told = (tags: Record<string, string>, name = id) => ({ id, name, tags });

it('adds what the cloud has, and takes away what it has no more', () => {
  const seen = mergedTags({ tags: { mine: '1' } }, told({ a: '1', b: '2' }));
  expect(seen).toEqual({ tags: { mine: '1', a: '1', b: '2' }, cloudTags: { a: '1', b: '2' } });
  expect(mergedTags(seen, told({ a: '3' })).tags).toEqual({ mine: '1', a: '3' });
  expect(mergedTags(seen, told({})).cloudTags).toBeUndefined();
});

it('leaves what was changed here alone, while the cloud says what it said', () => {
  const seen = { tags: { a: 'ours' }, cloudTags: { a: '1', b: '2' } };
  expect(mergedTags(seen, told({ a: '1', b: '2' }))).toEqual(seen);
  expect(mergedTags(seen, told({ a: '2', c: '3' }), new Set(['a', 'c']))).toEqual({
    tags: { a: 'ours' },
    cloudTags: { a: '2', c: '3' },
  });
});

it('shows a name as the tag Name when it is new, unless the cloud has such a tag', () => {
  const seen = mergedTags({ tags: {} }, told({}, 'web'));
  expect(seen).toEqual({ tags: { Name: 'web' }, cloudName: 'web' });
  expect(mergedTags({ ...seen, tags: {} }, told({}, 'web')).tags).toEqual({});
  expect(mergedTags({ ...seen, tags: { Name: 'x' } }, told({}, 'web2')).tags).toEqual({ Name: 'web2' });
  expect(mergedTags({ tags: {} }, told({ Name: 'b' }, 'web')).tags).toEqual({ Name: 'b' });
});
