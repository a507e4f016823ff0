import { expect, it } from 'vitest';
import { carriedOf, retagged, tagsOf } from './tags.ts';

it('shows metadata as tags, but what is ours and what is EC2’s', () => {
  expect(tagsOf({ b: '2', a: '1', elsewhere: 'i-1', 'aws:x': 'y', AWS: 'z' })).toEqual({ a: '1', b: '2', AWS: 'z' });
  expect(tagsOf(undefined)).toEqual({});
});

it('carries the tags that Nova and Cinder take', () => {
  const long = 'x'.repeat(256);
  const tags = { 'a b_c.d:e-': '', 'with/slash': '1', näh: '1', long, elsewhere: 'i-2', 'e@x': '1' };
  expect(carriedOf(tags)).toEqual({ 'a b_c.d:e-': '' });
});

it('asks for no more than it has to', async () => {
  const asked: unknown[] = [];
  const at = {
    put: async (members: object) => asked.push(members) && { elsewhere: 'i-1', a: '1' },
    drop: async (key: string) => asked.push(key),
    all: async () => asked.push('all') && { b: '2' },
  } as never;
  expect(await retagged({ put: { a: '1', 'x/y': '2' }, drop: ['b', 'x/z'] }, at)).toEqual({
    settled: true,
    tags: { a: '1' },
  });
  expect((await retagged({ put: { 'x/y': '2' }, drop: [] }, at)).tags).toEqual({ b: '2' });
  expect(asked).toEqual(['b', { a: '1' }, 'all']);
});
