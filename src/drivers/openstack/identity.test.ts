import { describe, expect, it } from 'vitest';
import type { SignatureClaim } from '../../ports/identity.ts';
import { createKeyAuthority, signedRequest } from './identity.ts';
import type { Token } from './rest/authentication.ts';
import type { Session } from './rest/session.ts';
import { fakeSession } from './session.fixture.ts';

const authorization =
  'AWS4-HMAC-SHA256 Credential=k1/20260102/os-1/ec2/aws4_request, SignedHeaders=host;x-amz-date, Signature=abcd';

const v4 = (more: Partial<SignatureClaim> = {}): SignatureClaim => ({
  accessKeyId: 'k1',
  signature: 'abcd',
  method: 'POST',
  host: 'cloud:4566',
  path: '/',
  parameters: {},
  headers: { host: 'cloud:4566', authorization, 'x-amz-date': '20260102T030405Z' },
  bodyHash: 'e3b0',
  ...more,
});

const v2 = (parameters: Record<string, string> = {}): SignatureClaim => ({
  ...v4({ host: 'Cloud:4566', headers: { host: 'Cloud:4566' } }),
  parameters: { Action: 'DescribeInstances', SignatureVersion: '2', SignatureMethod: 'HmacSHA256', ...parameters },
});

describe('a claim in the words of Keystone', () => {
  it('of version 4 has the headers and the hash of the body', () => {
    expect(signedRequest(v4())).toEqual({
      access: 'k1',
      signature: 'abcd',
      verb: 'POST',
      host: 'cloud:4566',
      path: '/',
      params: {},
      headers: v4().headers,
      body_hash: 'e3b0',
    });
    expect(signedRequest(v4({ method: 'GET', parameters: { Action: 'X' } }))?.params).toEqual({ Action: 'X' });
  });

  it('of a presigned address has its parameters but the signature, and only the headers that are signed', () => {
    const parameters = {
      Action: 'X',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': 'abcd',
    };
    const headers = { host: 'cloud', 'x-amz-date': '20000101T000000Z' };
    const signed = signedRequest(v4({ method: 'GET', parameters, headers }));
    const { 'X-Amz-Signature': _, ...params } = parameters;
    expect(signed).toMatchObject({ params, headers: { host: 'cloud' } });
    expect(signed?.params).not.toHaveProperty('X-Amz-Signature');
    expect(signed?.headers).toEqual({ host: 'cloud' });
  });

  it('of version 2 has all parameters, and the host in lower case', () => {
    const signed = signedRequest(v2());
    expect(signed).toMatchObject({ host: 'cloud:4566', params: v2().parameters });
    expect(signed).not.toHaveProperty('body_hash');
  });

  it('has the time of signing where Keystone looks for it', () => {
    const at = (date: string) => signedRequest(v4({ headers: { host: 'cloud', authorization, date } }));
    expect(at('Fri, 02 Jan 2026 03:04:05 GMT')?.headers).toMatchObject({ 'x-amz-date': '20260102T030405Z' });
    expect(at('20260102T030405Z')?.headers).toMatchObject({ 'x-amz-date': '20260102T030405Z' });
    expect(at('some day')).toBeUndefined();
  });

  it('is not made where Keystone would check something else than what was claimed', () => {
    // It does not look at the query of a POST.
    expect(signedRequest(v4({ parameters: { DryRun: 'true' } }))).toBeUndefined();
    // It would take the signature for one of version 0, which covers no more than the action and the time.
    expect(signedRequest(v4({ method: 'GET', parameters: { SignatureVersion: '0' } }))).toBeUndefined();
    expect(signedRequest(v2({ SignatureVersion: '1' }))).toBeUndefined();
    // It would go by the first region, and we by the second.
    const twice = authorization.replace(' Signed', ' Credential=k1/20260102/os-2/ec2/aws4_request, Signed');
    expect(signedRequest(v4({ headers: { ...v4().headers, authorization: twice } }))).toBeUndefined();
    expect(signedRequest(v2({ SignatureMethod: 'HmacSHA1' }))).toBeUndefined();
  });
});

describe('Keystone', () => {
  const token = {
    expires_at: '2026-01-03T00:00:00.000000Z',
    user: { id: 'u1', name: 'demo' },
    project: { id: 'p1', name: 'demo project' },
    roles: [],
    catalog: [],
  };

  it('names the project and the user of a signature', async () => {
    const session = fakeSession({ 'identity /ec2tokens': { token } });
    const answering = {
      ...session,
      ask: async (ask: Parameters<typeof session.ask>[0]) => ({
        ...(await session.ask(ask)),
        headers: { 'x-subject-token': 'secret' },
      }),
    };
    const tokens: Token[] = [];
    const withToken = (one: Token) => {
      tokens.push(one);
      return session;
    };
    const asked: string[] = [];
    const keys = async (user: string, of: Session) => {
      asked.push(user);
      expect(of).toBe(session);
      return [{ id: 'key-1', name: 'mine', publicKey: 'ssh-rsa' }];
    };
    const proven = await createKeyAuthority({ ...answering, withToken }, keys).prove(v4());
    expect(proven).toMatchObject({ project: 'p1', projectName: 'demo project', user: 'demo' });
    // The user's own key pairs are asked for with the user's own token, when they are needed.
    expect([asked, tokens]).toEqual([[], []]);
    expect(await proven?.own?.keyPairs()).toMatchObject([{ name: 'mine' }]);
    expect(asked).toEqual([token.user.id]);
    expect(tokens).toMatchObject([{ id: 'secret', userId: token.user.id, projectId: 'p1' }]);
    expect(JSON.stringify(proven)).not.toContain('secret');
    const { credentials } = session.asked[0]!.body as { credentials: { headers: object } };
    expect(credentials).toMatchObject({ access: 'k1', headers: { Authorization: authorization } });
  });

  it('is not asked about what it would misread', async () => {
    const session = fakeSession({});
    const proven = await createKeyAuthority(session, async () => []).prove(v4({ parameters: { DryRun: 'true' } }));
    expect([proven, session.asked]).toEqual([undefined, []]);
  });
});
