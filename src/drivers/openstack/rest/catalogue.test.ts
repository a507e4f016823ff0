import { expect, it } from 'vitest';
import { type CatalogueService, endpointOf, type Whereabouts } from './catalogue.ts';

const service = (type: string, ...endpoints: [string, string, string][]): CatalogueService => ({
  type,
  endpoints: endpoints.map(([kind, region, url]) => ({ interface: kind, region_id: region, url })),
});
const catalogue = [
  service(
    'compute',
    ['public', 'one', 'http://one:8774/v2.1/'],
    ['public', 'two', 'http://two/compute/v2.1/p1'],
    ['internal', 'one', 'http://in:8774'],
  ),
  service('volumev2', ['public', 'one', 'http://one:8776/v2/p1']),
  service('volumev3', ['public', 'one', 'http://one:8776/v3/p1']),
  service('image', ['public', 'one', 'http://one:9292']),
  service('network', ['public', 'one', 'http://one/networking']),
];
const where = (more: Partial<Whereabouts> = {}): Whereabouts => ({
  region: 'one',
  interface: 'public',
  endpoints: {},
  ...more,
});

it.each([
  ['compute', where(), 'http://one:8774/v2.1'],
  ['compute', where({ region: 'two' }), 'http://two/compute/v2.1/p1'],
  ['compute', where({ interface: 'internal' }), 'http://in:8774/v2.1'],
  ['compute', where({ endpoints: { compute: 'http://proxy/nova' } }), 'http://proxy/nova/v2.1'],
  ['block-storage', where(), 'http://one:8776/v3/p1'],
  ['block-storage', where({ endpoints: { 'block-storage': 'http://proxy' } }), 'http://proxy/v3/p1'],
  ['image', where({ region: undefined }), 'http://one:9292/v2'],
  ['network', where(), 'http://one/networking/v2.0'],
] as const)('%s %j is at %s', (type, at, url) => {
  expect(endpointOf(type, catalogue, at, 'p1')).toBe(url);
});

it.each([
  ['compute', where({ region: undefined }), 'more than one region with a public endpoint of compute; name one'],
  [
    'compute',
    where({ region: 'three' }),
    'no public endpoint of compute in region three (it has public in one, public in two, internal in one)',
  ],
  ['identity', where(), 'no public endpoint of identity in region one (it has none)'],
] as const)('%s %j is refused', (type, at, line) => {
  expect(() => endpointOf(type, catalogue, at, 'p1')).toThrow(line);
});
