import { expect, it } from 'vitest';
import type { Ask } from '../rest/session.ts';
import { fakeSession } from '../session.fixture.ts';
import { OpenStackError } from '../trouble.ts';
import { createKeys } from './keys.ts';

const call = { account: '1', region: 'os-1', operation: 'op-1', signal: new AbortController().signal };

/** Nova's key pairs of one user, who may have so many. */
function nova(quota: number) {
  const names = new Set<string>(['somebodys-own']);
  const refusal = (status: number, message: string) =>
    new OpenStackError(status === 409 ? 'conflict' : 'invalid', message, {
      status,
      reached: true,
      quota: /quota/i.test(message),
    });
  const pairs = async ({ method, body }: Ask) => {
    if (method === 'GET') return { keypairs: [...names].map((name) => ({ keypair: { name } })) };
    const { name } = (body as { keypair: { name: string } }).keypair;
    if (names.has(name)) throw refusal(409, 'it exists');
    if (names.size >= quota) throw refusal(403, 'Quota exceeded, too many key pairs.');
    names.add(name);
    return { keypair: { name } };
  };
  const session = fakeSession({ 'compute /os-keypairs': pairs });
  const ask = session.ask.bind(session);
  session.ask = async (asked) => {
    const deleted = asked.method === 'DELETE' ? decodeURIComponent(asked.path.split('/').at(-1)!) : undefined;
    if (deleted === undefined) return ask(asked);
    names.delete(deleted);
    return { status: 202, headers: {}, body: undefined };
  };
  /** POST /servers, as far as it is about the key. */
  const server = async (name: string) => {
    if (!names.has(name)) throw refusal(400, 'badRequest: Invalid key_name provided.');
    return name;
  };
  return { names, session, server };
}

it('a key is made once, and again by nobody', async () => {
  const { names, session, server } = nova(100);
  const withKey = createKeys();
  const name = await withKey(session, 'ssh-rsa a', call, server);
  expect(await withKey(session, 'ssh-rsa a', call, server)).toBe(name);
  expect(await createKeys()(session, 'ssh-rsa a', call, server)).toBe(name);
  expect(await withKey(session, 'ssh-rsa b', call, server)).not.toBe(name);
  expect(names.size).toBe(3);
  expect(session.asked.filter(({ method }) => method === 'POST')).toHaveLength(3);
});

it('of many few stay, and never somebody else’s is deleted', async () => {
  const { names, session, server } = nova(1_000);
  const withKey = createKeys();
  for (let n = 0; n < 120; n++) await withKey(session, `ssh-rsa ${n}`, call, server);
  expect(names.size).toBeLessThanOrEqual(27);
  expect(names).toContain('somebodys-own');
});

it('where there may be no more, those that nobody is at work with go', async () => {
  const { names, session, server } = nova(4);
  const withKey = createKeys();
  const busy = withKey(session, 'ssh-rsa busy', call, async (name) => {
    for (let n = 0; n < 9; n++) await withKey(session, `ssh-rsa ${n}`, call, server);
    return server(name);
  });
  await expect(busy).resolves.toMatch(/^elsewhere-/);
  expect(names.size).toBeLessThanOrEqual(4);
  expect(names).toContain('somebodys-own');
});

it('one that another process has deleted is made again, but not for ever', async () => {
  const { names, session, server } = nova(100);
  const withKey = createKeys();
  const name = await withKey(session, 'ssh-rsa a', call, server);
  names.delete(name);
  expect(await withKey(session, 'ssh-rsa a', call, server)).toBe(name);
  let tries = 0;
  const never = withKey(session, 'ssh-rsa a', call, async (gone) => {
    tries += 1;
    names.delete(gone);
    return server(gone);
  });
  await expect(never).rejects.toMatchObject({ message: expect.stringContaining('key_name') });
  expect(tries).toBe(5);
});
