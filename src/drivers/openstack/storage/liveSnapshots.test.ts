import { beforeEach, expect, it } from 'vitest';
import type { Server } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';
import { isServerBusy, isSnapshotting, serversOf } from './liveSnapshots.ts';
import { type PretendStorage, pretendStorage } from './storage.fixture.ts';

const now = Date.parse('2026-11-29T07:00:00Z');
const began = '2026-11-29T06:59:58.000000';

let cloud: PretendStorage;
let session: Session;
beforeEach(async () => {
  cloud = pretendStorage();
  ({ session } = await cloud.placeOf('111122223333'));
});

const server = (...volumes: readonly string[]) =>
  ({
    ...{ id: 'i', name: 'i-1', status: 'ACTIVE' },
    'os-extended-volumes:volumes_attached': volumes.map((id) => ({ id, delete_on_termination: false })),
  }) as unknown as Server;
const snapshot = (id: string, volume_id: string, status: string, updated_at: string | null = began) =>
  void cloud.snapshots.set(id, {
    ...{ id, volume_id, status, updated_at, created_at: began, name: id, size: 1, attachments: [] },
  });

it('a server without volumes asks nothing', async () => {
  expect(await isSnapshotting(session, server(), now)).toBe(false);
  expect(cloud.asked).toEqual([]);
});

it('a snapshot of one of its volumes that is made or deleted is waited for, and no other', async () => {
  snapshot('kept', 'mine', 'available');
  snapshot('other', 'other', 'deleting');
  snapshot('stuck', 'mine', 'error_deleting');
  expect(await isSnapshotting(session, server('root', 'mine'), now)).toBe(false);
  expect(cloud.asked).toEqual(['GET /snapshots', 'GET /snapshots']);
  snapshot('gone', 'mine', 'deleting', null);
  expect(await isSnapshotting(session, server('root', 'mine'), now)).toBe(true);
  cloud.snapshots.delete('gone');
  snapshot('new', 'mine', 'creating');
  expect(await isSnapshotting(session, server('root', 'mine'), now)).toBe(true);
});

it('one that never ends is waited for ten minutes', async () => {
  snapshot('gone', 'mine', 'deleting', '2026-11-29T06:50:01.000000');
  expect(await isSnapshotting(session, server('mine'), now)).toBe(true);
  snapshot('gone', 'mine', 'deleting', '2026-11-29T06:49:59.000000');
  expect(await isSnapshotting(session, server('mine'), now)).toBe(false);
});

it('the servers of a volume are found, and whether Nova is at work on one', async () => {
  expect(await serversOf(session, 'none')).toEqual([]);
  const volume = { id: 'mine', name: 'vol-1', status: 'in-use', size: 1, attachments: [{ server_id: 'i' }] };
  cloud.volumes.set('mine', volume);
  expect(await serversOf(session, 'mine')).toEqual(['i']);
  expect(await isServerBusy(session, 'i')).toBe(false);
  const at = (busy: string | null) =>
    void cloud.servers.set('i', { id: 'i', name: 'i-1', status: 'ACTIVE', 'OS-EXT-STS:task_state': busy });
  at('powering-off');
  expect(await isServerBusy(session, 'i')).toBe(true);
  at(null);
  expect(await isServerBusy(session, 'i')).toBe(false);
});
