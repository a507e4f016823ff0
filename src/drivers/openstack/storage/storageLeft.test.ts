import { expect, it } from 'vitest';
import { DriverError, type StorageAsked } from '../../../ports/driver.ts';
import type { Session } from '../rest/session.ts';
import { storageLeft } from './storageLeft.ts';

const most = Number.MAX_SAFE_INTEGER;
const use = (limit: number, in_use: number, reserved = 0) => ({ limit, in_use, reserved });
const quotas = {
  volumes: use(10, 3, 1),
  gigabytes: use(100, 30),
  snapshots: use(5, 2),
  per_volume_gigabytes: use(-1, 0),
  backup_gigabytes: use(0, 0),
  volumes_fast: use(-1, 1),
  gigabytes_fast: use(-1, 10),
  snapshots_fast: use(-1, 0),
};
const roomy = { volumes: 6, volumeGiB: 70, snapshots: 3 };
const tight = { gigabytes: use(100, 80) };

/** Cinder with these quotas, and that much in volumes. */
function cinder(changed: object, total_size: number, denied = false) {
  const paths: string[] = [];
  const session = {
    ask: async ({ path }: { readonly path: string }) => {
      paths.push(path);
      if (path === '/volumes/summary') return { body: { 'volume-summary': { total_size } } };
      if (path === '/limits') return { body: { limits: { absolute: limits } } };
      if (denied) throw new DriverError('denied', 'no');
      return { body: { quota_set: { id: 'p', ...quotas, ...changed } } };
    },
  } as unknown as Session;
  return { place: { project: 'p', session }, paths };
}

const limits = {
  maxTotalVolumes: 10,
  maxTotalSnapshots: 5,
  maxTotalVolumeGigabytes: 100,
  totalVolumesUsed: 4,
  totalSnapshotsUsed: 2,
  totalGigabytesUsed: 30,
};

const nobody = () => Promise.reject(new Error('no type has a quota'));

it.each([
  ['a project with room is asked once', {}, 0, roomy, 1],
  [
    'no limits',
    { volumes: use(-1, 4), gigabytes: use(-1, 30), snapshots: use(-1, 2) },
    0,
    { volumes: most, volumeGiB: most, snapshots: most },
    1,
  ],
  [
    'quotas that are overdrawn',
    { volumes: use(10, 11), gigabytes: use(100, 101), snapshots: use(5, 6) },
    101,
    { volumes: 0, volumeGiB: 0, snapshots: 0, snapshotGiB: most },
    2,
  ],
  [
    'snapshots take of the sizes where more is taken than by volumes',
    tight,
    60,
    { ...roomy, volumeGiB: 20, snapshotGiB: 20 },
    2,
  ],
  ['snapshots take nothing where volumes take it all', tight, 80, { ...roomy, volumeGiB: 20, snapshotGiB: most }, 2],
  [
    'nothing is known of snapshots where there are none',
    { ...tight, snapshots: use(5, 0) },
    80,
    { volumes: 6, volumeGiB: 20, snapshots: 5 },
    1,
  ],
  ['the size of a single volume', { per_volume_gigabytes: use(7, 0) }, 0, { ...roomy, largestGiB: 7 }, 1],
])('%s', async (_, changed, total, left, asked) => {
  const { place, paths } = cinder(changed, total);
  expect(await storageLeft(place, [{ type: 'gp2' }], nobody)).toEqual(left);
  expect(paths).toEqual(['/os-quota-sets/p', '/volumes/summary'].slice(0, asked));
});

it('quotas of single types are told of what has the type', async () => {
  const { place } = cinder({ volumes_fast: use(4, 1), gigabytes_fast: use(12, 10), snapshots_slow: use(1, 1) }, 20);
  const asked: StorageAsked[] = [{ type: 'a' }, { type: 'b' }, { type: 'a', snapshot: 's' }, { volume: 'v' }];
  const types = new Map(asked.map((of, at) => [of, ['fast', 'other', 'fast', undefined][at]]));
  expect(await storageLeft(place, asked, async (of) => types.get(of))).toEqual({
    ...roomy,
    // More is taken than the volumes have: snapshots take, too.
    snapshotGiB: 70,
    ofTypes: [{ volumes: 3, volumeGiB: 2, snapshots: most, snapshotGiB: 2, asked: [asked[0], asked[2]] }],
  });
});

it('where a policy hides the quotas, the limits tell', async () => {
  const { place, paths } = cinder({}, 0, true);
  expect(await storageLeft(place, [], nobody)).toEqual(roomy);
  expect(paths).toEqual(['/os-quota-sets/p', '/limits']);
});
