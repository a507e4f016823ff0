import { afterEach, beforeEach, expect, it } from 'vitest';
import { troubleOf } from '../../../test/contract/driver/harness.ts';
import { createPlaces } from './places.ts';
import { type PretendCloud, pretendCloud, project } from './rest/pretendCloud.fixture.ts';

let cloud: PretendCloud;
beforeEach(async () => {
  cloud = await pretendCloud();
});
afterEach(() => cloud.close());

const tokens = 'POST /v3/auth/tokens';
const proofs = () => cloud.sent(tokens).map(({ body }) => JSON.parse(body).auth.identity.methods[0]);
const secret = { id: 'c1', secret: 's1' };

it('an account is where its project is; the usual one where the user is at home; others are nowhere', async () => {
  const projectOf = async (account: string) => (account === '111122223333' ? 'p2' : undefined);
  const placeOf = createPlaces({ session: cloud.session(), projectOf, credentials: {} });
  expect(await placeOf('111122223333')).toMatchObject({ project: 'p2' });
  expect(await placeOf('000000000000')).toMatchObject({ project });
  expect(await troubleOf(placeOf('444455556666'))).toBe('denied');
});

it('an application credential takes the place of the user, by account or by project', async () => {
  const projectOf = async () => project;
  for (const whose of ['111122223333', project]) {
    const placeOf = createPlaces({ session: cloud.session(), projectOf, credentials: { [whose]: secret } });
    const { session } = await placeOf('111122223333');
    expect((await placeOf('111122223333')).session).toBe(session);
    expect((await session.token()).projectId).toBe(project);
  }
  expect(proofs()).toEqual(['application_credential', 'application_credential']);
});

it('it says itself which project it is of, where nobody else does, and is of no use for another', async () => {
  const at = (known: string | undefined) =>
    createPlaces({
      session: cloud.session(),
      projectOf: async () => known,
      credentials: { '111122223333': secret },
    })('111122223333');
  expect((await at(undefined)).project).toBe(project);
  const elsewhere = await at('p2');
  expect(await troubleOf(elsewhere.session.token())).toBe('denied');
});

it.each([401, 404])(
  'one that Keystone refuses with %i is denied, while the user of the server is let in',
  async (status) => {
    const session = cloud.session();
    await session.token();
    cloud.answer(tokens, { status, body: { error: { code: status, title: 'No', message: 'no' } } });
    const credentials = { '111122223333': secret };
    const placeOf = createPlaces({ session, projectOf: async () => project, credentials });
    expect(await troubleOf((await placeOf('111122223333')).session.token())).toBe('denied');
  },
);
