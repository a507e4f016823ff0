import { expect, it } from 'vitest';
import type { VolumeLimits } from '../rest/cinder.ts';
import type { Session } from '../rest/session.ts';
import { storageLeft } from './storageLeft.ts';

const most = Number.MAX_SAFE_INTEGER;
const limits: VolumeLimits = {
  maxTotalVolumes: 10,
  maxTotalSnapshots: 5,
  maxTotalVolumeGigabytes: 100,
  totalVolumesUsed: 4,
  totalSnapshotsUsed: 2,
  totalGigabytesUsed: 30,
};
const roomy = { volumes: 6, volumeGiB: 70, snapshots: 3 };
const tight = { totalGigabytesUsed: 80 };

it.each([
  ['a project with room is asked once', {}, 0, roomy, ['/limits']],
  [
    'no limits',
    { maxTotalVolumes: -1, maxTotalSnapshots: -1, maxTotalVolumeGigabytes: -1 },
    0,
    { volumes: most, volumeGiB: most, snapshots: most },
    ['/limits'],
  ],
  [
    'quotas that are overdrawn',
    { totalVolumesUsed: 11, totalSnapshotsUsed: 6, totalGigabytesUsed: 101 },
    101,
    { volumes: 0, volumeGiB: 0, snapshots: 0 },
    ['/limits', '/volumes/summary'],
  ],
  [
    'snapshots take of the sizes where more is taken than by volumes',
    tight,
    60,
    { ...roomy, volumeGiB: 20, snapshotGiB: 20 },
    ['/limits', '/volumes/summary'],
  ],
  [
    'snapshots take nothing where volumes take it all',
    tight,
    80,
    { ...roomy, volumeGiB: 20 },
    ['/limits', '/volumes/summary'],
  ],
  [
    'nothing is known of snapshots where there are none',
    { ...tight, totalSnapshotsUsed: 0 },
    80,
    { volumes: 6, volumeGiB: 20, snapshots: 5 },
    ['/limits'],
  ],
])('%s', async (_, changed, total_size, left, asked) => {
  const paths: string[] = [];
  const session = {
    ask: async ({ path }: { readonly path: string }) => {
      paths.push(path);
      const absolute = { ...limits, ...changed };
      const body = path === '/limits' ? { limits: { absolute } } : { 'volume-summary': { total_size } };
      return { status: 200, headers: {}, body, requestId: 'req-1' };
    },
  } as Partial<Session> as Session;
  expect(await storageLeft(session)).toEqual(left);
  expect(paths).toEqual(asked);
});
