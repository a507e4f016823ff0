import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ec2tokens, type SignedRequest } from './keystone.ts';
import { type PretendCloud, pretendCloud } from './pretendCloud.fixture.ts';

let cloud: PretendCloud;
beforeEach(async () => {
  cloud = await pretendCloud();
});
afterEach(() => cloud.close());

const version2: SignedRequest = {
  access: 'a',
  signature: 's',
  host: 'h:8773',
  verb: 'POST',
  path: '/',
  params: { SignatureVersion: '2' },
};
const version4: SignedRequest = {
  ...version2,
  params: {},
  headers: {
    authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/r/ec2/aws4_request, SignedHeaders=host, Signature=s',
    'x-amz-date': '20260101T000000Z',
    host: 'h:8773',
  },
  body_hash: 'b',
};
const good = {
  headers: { 'x-subject-token': 'theirs' },
  body: {
    token: {
      expires_at: '2026-01-01T01:00:00.000000Z',
      user: { id: 'u2', name: 'demo' },
      project: { id: 'p2', name: 'demo' },
      roles: [{ id: 'r', name: 'member' }],
    },
  },
};
const refused = { status: 401, body: { error: { code: 401, title: 'Unauthorized', message: 'no' } } };

it('answers whom a signature belongs to', async () => {
  cloud.answer('POST /v3/ec2tokens', good);
  expect(await ec2tokens(cloud.session(), version4)).toEqual({
    known: true,
    userId: 'u2',
    userName: 'demo',
    projectId: 'p2',
    projectName: 'demo',
    token: {
      ...{ id: 'theirs', expiresAt: Date.UTC(2026, 0, 1, 1), catalogue: [] },
      ...{ projectId: 'p2', userId: 'u2', roles: ['member'] },
    },
  });
  const [sent] = cloud.sent('POST /v3/ec2tokens');
  const { headers } = JSON.parse(sent?.body ?? '').credentials;
  expect(Object.keys(headers)).toEqual(['Authorization', 'X-Amz-Date', 'host']);
  expect(sent?.headers['x-auth-token']).toBe('token-1');
});

describe('a 401', () => {
  it('is about the signature while our token is good, and costs no new token', async () => {
    cloud.answer('POST /v3/ec2tokens', refused);
    cloud.answer('GET /v3/auth/tokens', { body: { token: {} } });
    expect(await ec2tokens(cloud.session(), version2)).toMatchObject({ known: false, refused: 'signature' });
    expect(cloud.sent('POST /v3/ec2tokens')).toHaveLength(1);
    expect(cloud.sent('POST /v3/auth/tokens')).toHaveLength(1);
  });

  it('is mended when our token is no good', async () => {
    cloud.answer('POST /v3/ec2tokens', refused, good);
    cloud.answer('GET /v3/auth/tokens', { status: 401 });
    expect(await ec2tokens(cloud.session(), version2)).toMatchObject({ known: true });
    expect(cloud.sent('POST /v3/ec2tokens').map(({ headers }) => headers['x-auth-token'])).toEqual([
      'token-1',
      'token-2',
    ]);
  });
});

it('an unknown key, a caller who may not ask, a Keystone that is at odds with itself or away', async () => {
  cloud.answer(
    'POST /v3/ec2tokens',
    { status: 404, body: { error: { title: 'Not Found', message: 'no' } } },
    { status: 403 },
    { status: 409, body: { error: { title: 'Conflict', message: 'no' } } },
  );
  expect(await ec2tokens(cloud.session(), version2)).toMatchObject({ known: false, refused: 'key' });
  await expect(ec2tokens(cloud.session(), version2)).rejects.toMatchObject({ trouble: 'denied' });
  await expect(ec2tokens(cloud.session(), version2)).rejects.toMatchObject({ trouble: 'conflict' });
  cloud.answer('POST /v3/ec2tokens', { status: 500 });
  await expect(ec2tokens(cloud.session(), version2)).rejects.toMatchObject({ trouble: 'unavailable' });
  expect(cloud.sent('POST /v3/ec2tokens')).toHaveLength(7);
});

const withHeaders = (headers: Readonly<Record<string, string>>): SignedRequest => ({ ...version4, headers });
it.each<[string, SignedRequest]>([
  ['no signature', { ...version2, signature: '' }],
  ['no Action or Timestamp', { ...version2, params: { SignatureVersion: '0', Action: 'x' } }],
  ['an unknown form of signature', { ...version2, params: { SignatureVersion: '3' } }],
  ['an unknown form of signature', withHeaders({ Authorization: 'Basic x' })],
  ['no credential scope', withHeaders({ Authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/r' })],
  ['no signed headers', withHeaders({ Authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/r/ec2/aws4_request' })],
  ['no X-Amz-Date', withHeaders({ authorization: version4.headers?.authorization ?? '' })],
  ['an X-Amz-Date of another day', withHeaders({ ...version4.headers, 'x-amz-date': '20260102T000000Z' })],
  ['no hash of the body', { ...version4, body_hash: undefined } as unknown as SignedRequest],
  ['no credential scope', { ...version2, params: { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256' } }],
])('%s is refused without a request: Keystone would answer as if it were in trouble', async (problem, signed) => {
  const answer = await ec2tokens(cloud.session(), signed);
  expect(answer).toMatchObject({ known: false, refused: 'signature', message: expect.stringContaining(problem) });
  expect(cloud.seen).toEqual([]);
});
