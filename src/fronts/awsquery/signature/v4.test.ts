import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessKeyId, now, type Signing, secret, signV4, type Unsigned } from './client.fixture.ts';
import { identify } from './identify.ts';
import { keptKeys, signingKey } from './keys.ts';
import type { SignedRequest } from './request.ts';
import { verify } from './verify.ts';

const form = 'Action=DescribeVolumes&Version=2016-11-15&Filter.1.Value.1=a%20b';
const check = (request: SignedRequest, service = 'ec2', nowMs = now, key = secret) =>
  verify(identify(request)!, request, key, nowMs, service);
const refused = (request: SignedRequest, code: string, status: number, service = 'ec2', nowMs = now) =>
  expect(() => check(request, service, nowMs)).toThrow(expect.objectContaining({ code, status }));
const minutes = 60_000;

describe('SigV4 in the header', () => {
  it('accepts what the SDK signs, and tells who signed', async () => {
    const request = await signV4(
      { body: form, path: '/services/Cloud', headers: { 'x-many': '  a   b ' } },
      { token: 'session' },
    );
    expect(identify(request)).toMatchObject({
      kind: 'v4-header',
      accessKeyId,
      region: 'us-east-1',
      service: 'ec2',
      sessionToken: 'session',
      date: '20260102',
    });
    expect(() => check(request)).not.toThrow();
    expect(() => check({ ...request, headers: { ...request.headers, unsigned: 'x' } })).not.toThrow();
  });

  it('refuses a request that is not the one signed', async () => {
    const request = await signV4({ body: form, query: { a: '1' }, headers: { 'x-own': 'v' } });
    const changed: SignedRequest[] = [
      { ...request, method: 'GET' },
      { ...request, path: '/other' },
      { ...request, query: 'a=2' },
      { ...request, query: '' },
      { ...request, body: Buffer.from(`${form}&DryRun=true`) },
      { ...request, body: Buffer.alloc(0) },
      { ...request, headers: { ...request.headers, host: 'elsewhere' } },
      { ...request, headers: { ...request.headers, 'x-own': undefined } },
      { ...request, headers: { ...request.headers, 'x-own': ['v', 'w'] } },
      { ...request, headers: { ...request.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
    ];
    for (const other of changed) refused(other, 'AuthFailure', 401);
    for (const other of changed) {
      expect(() => verify(identify(other)!, other, secret, now, 'ec2')).toThrow(
        'AWS was not able to validate the provided access credentials',
      );
    }
    expect(() => check(request, 'ec2', now, `${secret}x`)).toThrow(expect.objectContaining({ code: 'AuthFailure' }));
  });

  it('STS has words of its own', async () => {
    const request = await signV4({ body: 'Action=GetCallerIdentity' }, { service: 'sts' });
    expect(() => check(request, 'sts')).not.toThrow();
    refused({ ...request, body: Buffer.from('x') }, 'SignatureDoesNotMatch', 403, 'sts');
    refused(request, 'SignatureDoesNotMatch', 403, 'sts', now + 16 * minutes);
    expect(() => check(request, 'sts', now + 16 * minutes)).toThrow(
      'Signature expired: 20260102T030405Z is now earlier than 20260102T030505Z (20260102T032005Z - 15 min.)',
    );
    expect(() => check(request, 'sts', now - 16 * minutes)).toThrow('Signature not yet current');
    refused(request, 'AuthFailure', 401, 'ec2');
    refused(await signV4({ body: form }), 'SignatureDoesNotMatch', 403, 'sts');
  });

  it('allows fifteen minutes of skew either way', async () => {
    const request = await signV4({ body: form });
    for (const ms of [15 * minutes, -15 * minutes, 0]) expect(() => check(request, 'ec2', now + ms)).not.toThrow();
    for (const ms of [15 * minutes + 1, -15 * minutes - 1, 1e12])
      refused(request, 'RequestExpired', 400, 'ec2', now + ms);
  });

  it('takes the service that boto 2 reads off the host', async () => {
    const request = await signV4({ body: form }, { service: '127' });
    expect(() => check(request)).not.toThrow();
    expect(() => check(request, 'sts')).not.toThrow();
    refused({ ...request, headers: { ...request.headers, host: '10.0.0.1' } }, 'AuthFailure', 401);
    refused(await signV4({ body: form }, { service: '0' }), 'AuthFailure', 401);
  });

  it('refuses a wrong scope', async () => {
    const request = await signV4({ body: form });
    const authorization = String(request.headers.authorization);
    const scoped = (from: string, to: string) => ({
      ...request,
      headers: { ...request.headers, authorization: authorization.replace(from, to) },
    });
    refused(scoped('/20260102/', '/20260101/'), 'AuthFailure', 401);
    refused(scoped('/20260102/', '//'), 'AuthFailure', 401);
    refused(scoped('/ec2/', '/s3/'), 'AuthFailure', 401);
    refused(scoped('aws4_request', 'aws5_request'), 'AuthFailure', 401);
    refused(scoped('us-east-1', 'us-west-2'), 'AuthFailure', 401);
    refused(scoped('host;', ''), 'IncompleteSignature', 400);
  });

  it('names what an incomplete signature lacks', async () => {
    const request = await signV4({ body: form });
    const good = String(request.headers.authorization);
    const bad = [
      'AWS4-HMAC-SHA256',
      'Basic dXNlcjpwYXNz',
      `AWS ${accessKeyId}:sig`,
      good.replace(/Credential=[^,]*/, 'Credential=AKID'),
      good.replace(/Credential=[^,]*/, 'Credential=/20260102/us-east-1/ec2/aws4_request'),
      good.replace(/, Signature=.*/, ''),
      good.replace(/SignedHeaders=[^,]*/, 'SignedHeaders='),
      good.replace(/SignedHeaders=[^,]*/, 'SignedHeaders=host;host'),
      good.replace('Credential=', 'Credential'),
    ];
    for (const authorization of bad)
      refused({ ...request, headers: { ...request.headers, authorization } }, 'IncompleteSignature', 400);
    refused({ ...request, headers: { ...request.headers, 'x-amz-date': 'yesterday' } }, 'IncompleteSignature', 400);
    const twice = `${String(request.headers.authorization)}, Signature=${'0'.repeat(64)}`;
    refused({ ...request, headers: { ...request.headers, authorization: twice } }, 'IncompleteSignature', 400);
    refused(
      { ...request, headers: { ...request.headers, 'x-amz-date': '20260231T030405Z' } },
      'IncompleteSignature',
      400,
    );
    refused({ ...request, headers: { ...request.headers, 'x-amz-date': undefined } }, 'IncompleteSignature', 400);
    refused(
      { ...request, headers: { ...request.headers, 'x-amz-date': undefined, date: 'never' } },
      'IncompleteSignature',
      400,
    );
  });

  it('a signed header may have the name of anything', async () => {
    const request = await signV4({ body: form });
    const authorization = String(request.headers.authorization).replace(
      'SignedHeaders=',
      'SignedHeaders=__proto__;constructor;',
    );
    refused({ ...request, headers: { ...request.headers, authorization } }, 'AuthFailure', 401);
  });

  it('accepts anything that the SDK signs', async () => {
    const name = fc.string({ minLength: 1, maxLength: 5 }).filter((s) => s !== '__proto__' && !s.startsWith('X-Amz-'));
    const segment = fc.string({ maxLength: 5 }).map(encodeURIComponent);
    const unsigned: fc.Arbitrary<Unsigned> = fc.record({
      method: fc.constantFrom('GET', 'POST'),
      path: fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
      query: fc.dictionary(name, fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 1, maxLength: 3 })), {
        noNullPrototype: true,
      }),
      body: fc.string({ unit: 'binary' }),
    });
    const signing: fc.Arbitrary<Signing> = fc.record({
      expiresIn: fc.option(fc.integer({ min: 1, max: 604_800 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(unsigned, signing, async (one, how) => {
        const request = await signV4(one, how);
        expect(() => check(request)).not.toThrow();
      }),
    );
  });
});

describe('SigV4 in the query', () => {
  const query = { Action: 'DescribeVolumes', Version: '2016-11-15', 'Filter.1.Value.1': 'a b+c*~' };

  it('accepts what the SDK presigns, for as long as it was signed for', async () => {
    const request = await signV4({ method: 'GET', query }, { expiresIn: 60, token: 'session' });
    expect(identify(request)).toMatchObject({ kind: 'v4-query', accessKeyId, sessionToken: 'session', expiresIn: 60 });
    expect(() => check(request, 'ec2', now + 60_000)).not.toThrow();
    refused(request, 'RequestExpired', 400, 'ec2', now + 60_001);
    const long = await signV4({ method: 'GET', query }, { expiresIn: 604_800 });
    expect(() => check(long, 'ec2', now + 604_800_000)).not.toThrow();
    refused(long, 'RequestExpired', 400, 'ec2', now - 16 * minutes);
  });

  it('refuses changes and missing parts', async () => {
    const request = await signV4({ method: 'GET', query }, { expiresIn: 60 });
    refused({ ...request, query: `${request.query}&DryRun=true` }, 'AuthFailure', 401);
    refused({ ...request, query: request.query.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000') }, 'AuthFailure', 401);
    refused({ ...request, body: Buffer.from('Action=TerminateInstances') }, 'AuthFailure', 401);
    for (const part of ['Credential', 'Date', 'SignedHeaders', 'Signature']) {
      refused({ ...request, query: request.query.replace(`X-Amz-${part}=`, 'X-Other=') }, 'IncompleteSignature', 400);
    }
    for (const expires of ['0', '-1', '604801', 'x', '1e3']) {
      refused(
        { ...request, query: request.query.replace('Expires=60', `Expires=${expires}`) },
        'IncompleteSignature',
        400,
      );
    }
    refused({ ...request, query: `${request.query}&X-Amz-Date=20260102T030405Z` }, 'IncompleteSignature', 400);
    refused(
      { ...request, query: request.query.replace('HMAC-SHA256', 'ECDSA-P256-SHA256') },
      'IncompleteSignature',
      400,
    );
    refused({ ...request, query: `${request.query}&a=%` }, 'MalformedQueryString', 400);
  });
});

describe('signingKey', () => {
  it('is derived once, and no more than a thousand are kept', () => {
    expect(signingKey('s', '20260102', 'r', 'ec2')).toBe(signingKey('s', '20260102', 'r', 'ec2'));
    expect(signingKey('s', '20260102', 'r', 'sts')).not.toBe(signingKey('s', '20260102', 'r', 'ec2'));
    for (let i = 0; i < 1_500; i++) signingKey('s', '20260102', `r${i}`, 'ec2');
    expect(keptKeys()).toBe(1_000);
  });
});
