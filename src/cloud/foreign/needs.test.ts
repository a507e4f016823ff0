import { expect, it } from 'vitest';
import { askedEachTime, feedsOf } from './needs.ts';

const feeds = (action: string, input: object = {}) => feedsOf(action, () => input);

it('an action that shows a kind of thing needs what others did to that kind', () => {
  expect(feeds('DescribeVolumes')).toEqual(['volumes']);
  expect(feeds('DescribeRegions')).toEqual([]);
});

it('a launch needs groups where it names them by names', () => {
  expect(feeds('RunInstances', { SecurityGroupIds: ['sg-1'] })).toEqual([]);
  expect(feeds('RunInstances', { SecurityGroups: ['web'] })).toEqual(['groups']);
});

it('tags need the kinds that they are put on', () => {
  expect(feeds('CreateTags', { Resources: ['vol-1', 'ami-1', 'i-1'] })).toEqual(['machines', 'volumes']);
  expect(feeds('DeleteTags', { Resources: ['subnet-1'] })).toEqual([]);
});

it('the list of tags needs the kinds that its filters leave', () => {
  const all = ['machines', 'volumes', 'snapshots'];
  const named = (Name: string, ...Values: string[]) => ({ Name, Values });
  const listed = (...Filters: object[]) => feeds('DescribeTags', { Filters });
  expect(feeds('DescribeTags')).toEqual(all);
  expect(listed(named('key', 'Name'))).toEqual(all);
  expect(listed(named('resource-id', 'snap-1'))).toEqual(['snapshots']);
  expect(listed(named('resource-type', 'volume', 'instance'))).toEqual(['machines', 'volumes']);
  expect(listed(named('resource-type', 'volume'), named('resource-id', 'i-1'))).toEqual([]);
  expect(listed(named('resource-id', '*1'))).toEqual(all);
  expect(listed(named('resource-type', 'image'))).toEqual([]);
});

it('of the kinds of the list of tags the first is asked for each time, of other actions all', () => {
  expect([askedEachTime('DescribeTags'), askedEachTime('AttachVolume')]).toEqual([1, Number.POSITIVE_INFINITY]);
});
