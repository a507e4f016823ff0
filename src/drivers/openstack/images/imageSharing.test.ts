import { beforeEach, expect, it } from 'vitest';
import { troubleOf } from '../../../../test/contract/driver/harness.ts';
import { DriverError } from '../../../ports/driver.ts';
import type { Ask, Session } from '../rest/session.ts';
import { callOf } from '../storage/storage.fixture.ts';
import { troubleOfAnswer } from '../trouble.ts';
import { createImageSharing } from './imageSharing.ts';

const call = callOf('111111111111');
const projects: Readonly<Record<string, string>> = {
  ...{ '111111111111': 'p1', '222222222222': 'p2', '333333333333': 'p3' },
};

/** Glance's image `u1`: who owns it, who sees it. */
let image: { owner: string; visibility: string };
let members: Map<string, string>;
let asked: string[];

const refusal = (status: number) => troubleOfAnswer({ service: 'image', status, text: 'no', requestId: 'req-1' });

function answer({ method, path, body }: Ask): unknown {
  asked.push(`${method} ${path}`);
  const [, , id, , member] = path.split('/');
  if (id !== 'u1') throw refusal(404);
  if (path.endsWith('/u1')) {
    if (method === 'PATCH') image.visibility = (body as readonly [{ readonly value: string }])[0].value;
    return { id, status: 'active', ...image };
  }
  // Glance lets nobody see or change the members of an image that is not shared.
  if (image.visibility !== 'shared') throw refusal(403);
  if (method === 'GET') return { members: [...members].map(([member_id, status]) => ({ member_id, status })) };
  if (method === 'DELETE') {
    if (!members.delete(member!)) throw refusal(404);
    return undefined;
  }
  const added = (body as { readonly member: string }).member;
  if (members.has(added)) throw refusal(409);
  members.set(added, 'pending');
  return {};
}

let changes = 0;
const session = { ask: async (ask: Ask) => ({ status: 200, headers: {}, body: answer(ask) }) } as unknown as Session;
const sharing = createImageSharing({
  placeOf: async (account) => {
    const project = projects[account];
    if (project === undefined) throw new DriverError('denied', `${account} stands for no project`);
    return { project, session };
  },
  accountOf: async (project) =>
    Object.keys(projects).find((account) => projects[account] === project) ?? '999999999999',
  nativeOf: async (id) => (id === 'ami-1' ? 'u1' : undefined),
  changed: () => void changes++,
});
const share = (add: readonly string[], remove: readonly string[] = []) => sharing.share('ami-1', { add, remove }, call);
const state = () => [image.visibility, [...members.keys()]];

beforeEach(() => {
  image = { owner: 'p1', visibility: 'private' };
  members = new Map();
  asked = [];
});

it('an account is its project as a member, added once and taken away once', async () => {
  const before = changes;
  expect(await share(['222222222222'])).toEqual({ settled: true });
  expect(changes).toBe(before + 1);
  expect(state()).toEqual(['shared', ['p2']]);
  await share(['222222222222', '333333333333']);
  expect(state()).toEqual(['shared', ['p2', 'p3']]);
  expect(await sharing.sharedWith('ami-1', call)).toEqual(['222222222222', '333333333333']);
  members.set('p9', 'accepted');
  expect(await sharing.sharedWith('ami-1', call)).toContain('999999999999');
  await share([], ['222222222222', '123456789012']);
  await share([], ['222222222222']);
  expect(state()).toEqual(['shared', ['p3', 'p9']]);
});

it('everybody is a public image, which keeps its members for later', async () => {
  await share(['222222222222', 'all']);
  expect(state()).toEqual(['public', ['p2']]);
  expect(await sharing.sharedWith('ami-1', call)).toEqual(['all']);
  await share(['all', '333333333333']);
  await share(['333333333333'], ['all']);
  expect(state()).toEqual(['shared', ['p2', 'p3']]);
  await share([], ['all']);
  expect(state()[0]).toBe('shared');
});

it('nobody is asked about a private image', async () => {
  expect(await sharing.sharedWith('ami-1', call)).toEqual([]);
  expect(asked).toEqual(['GET /images/u1']);
});

it('what is another’s, or not in Glance, is not shared, nor is anything with a stranger', async () => {
  expect(await sharing.strangers(['222222222222', '123456789012'], call)).toEqual(['123456789012']);
  expect(await troubleOf(share(['123456789012']))).toBe('invalid');
  expect(await troubleOf(sharing.share('ami-2', { add: [], remove: [] }, call))).toBe('invalid');
  expect(await sharing.sharedWith('ami-2', call)).toBeUndefined();
  image.owner = 'p2';
  expect(await sharing.sharedWith('ami-1', call)).toBeUndefined();
  expect(await troubleOf(share(['333333333333']))).toBe('invalid');
  expect(state()).toEqual(['private', []]);
});
