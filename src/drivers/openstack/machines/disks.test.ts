import { beforeEach, expect, it } from 'vitest';
import type { Call } from '../../../ports/driver.ts';
import type { Ask } from '../rest/session.ts';
import { type FakeSession, fakeSession } from '../session.fixture.ts';
import { OpenStackError } from '../trouble.ts';
import { detach } from './disks.ts';

const call: Call = {
  ...{ account: '1', region: 'os-1', operation: 'op-1' },
  signal: new AbortController().signal,
};
const refusal = (status: number) =>
  new OpenStackError('invalid', `compute answered ${status}: no`, { status, requestId: 'req-1', reached: true });

/** Cinder's word for the volume. */
let status: string;
/** What Nova does when it is asked to detach. */
let onDetach: () => undefined;
let session: FakeSession;
beforeEach(() => {
  status = 'in-use';
  onDetach = () => {
    status = 'detaching';
    return undefined;
  };
  session = fakeSession({
    'compute /servers/s1/os-volume_attachments/v1': ({ method }: Ask) =>
      method === 'DELETE' ? onDetach() : { volumeAttachment: { volumeId: 'v1' } },
    'block-storage /volumes/v1': () => ({ volume: { id: 'v1', status } }),
  });
});

const disk = { device: '/dev/sdf', volume: 'vol-1' };
const detached = () => detach({ volumeOf: async () => 'v1' }, session, 's1', disk, call);
const asked = () => session.asked.filter(({ method }) => method === 'DELETE').length;

it('a volume that is in use is asked for once, and then looked at', async () => {
  expect(await detached()).toMatchObject({ settled: false });
  expect(await detached()).toMatchObject({ settled: false });
  expect(asked()).toBe(1);
});

it('a refusal because it is at work already is none: the answer before was lost', async () => {
  onDetach = () => {
    status = 'detaching';
    throw refusal(400);
  };
  expect(await detached()).toMatchObject({ settled: false });
});

it('a refusal about a volume that stays in use is one, and so is any other', async () => {
  onDetach = () => {
    throw refusal(400);
  };
  await expect(detached()).rejects.toThrow('answered 400');
  onDetach = () => {
    status = 'detaching';
    throw refusal(403);
  };
  await expect(detached()).rejects.toThrow('answered 403');
});
