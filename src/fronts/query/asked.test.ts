import { expect, it } from 'vitest';
import { readAsked } from './asked.ts';

it('reads what is asked among the other parameters', () => {
  const pairs = [
    ['Action', 'DescribeVolumes'],
    ['VolumeId.1', 'vol-1'],
    ['Version', '2016-11-15'],
  ] as const;
  expect(readAsked(pairs)).toEqual({ action: 'DescribeVolumes', version: '2016-11-15' });
  expect(readAsked([])).toEqual({ action: undefined, version: undefined });
});

it('takes the same twice, in the query and in the form, and refuses two different ones', () => {
  const twice = (a: string, b: string) =>
    readAsked([
      ['Action', a],
      ['Action', b],
    ]);
  expect(twice('DescribeVolumes', 'DescribeVolumes').action).toBe('DescribeVolumes');
  expect(() => twice('DescribeVolumes', 'TerminateInstances')).toThrow('The parameter Action occurs more than once.');
  expect(() =>
    readAsked([
      ['Version', '2014-10-01'],
      ['Version', '2016-11-15'],
    ]),
  ).toThrow('Version');
});
