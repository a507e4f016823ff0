import { describe, expect, it } from 'vitest';
import { DriverError } from '../../ports/driver.ts';
import type { KeyAuthority, SignatureClaim } from '../../ports/identity.ts';
import { WireError } from '../awsquery/errors.ts';
import { parseForm } from '../awsquery/form.ts';
import { identify } from '../awsquery/signature/identify.ts';
import type { SignedRequest } from '../awsquery/signature/request.ts';
import { delegatedDoor } from './delegated.ts';

const signature = 'ab'.repeat(32);
const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const scope = '20260102/os-1/ec2/aws4_request';

const request = (more: Partial<SignedRequest> = {}): SignedRequest => ({
  method: 'POST',
  path: '/',
  query: '',
  headers: {
    host: '127.0.0.1:4566',
    'x-amz-date': '20260102T030405Z',
    authorization: `AWS4-HMAC-SHA256 Credential=0123abcd/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  },
  body: Buffer.from('Action=DescribeRegions'),
  ...more,
});

function authority(answer: () => Awaited<ReturnType<KeyAuthority['prove']>>) {
  const asked: SignatureClaim[] = [];
  const prove = async (claim: SignatureClaim) => {
    asked.push(claim);
    return answer();
  };
  return { asked, prove };
}

const demo = { project: 'p1', projectName: 'demo', user: 'u1' };
const doorOf = (prove: KeyAuthority['prove']) =>
  delegatedDoor((region) =>
    region === 'nowhere' ? undefined : { authority: { prove }, accountOf: async () => '123456789012' },
  );

const enter = (door: ReturnType<typeof delegatedDoor>, given: SignedRequest, nowMs = now) =>
  door(identify(given, parseForm(given.body)), given, 'ec2', nowMs);

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (refusal: unknown) => refusal,
  );
  return error instanceof WireError ? `${error.code} ${error.status}` : String(error);
}

describe('a signature whose secret another knows', () => {
  it('goes to the authority with all that it covers, and names the account', async () => {
    const { asked, prove } = authority(() => demo);
    const caller = await enter(doorOf(prove), request());
    expect(caller).toEqual({ account: '123456789012', accessKeyId: '0123abcd', region: 'os-1' });
    expect(asked).toMatchObject([
      {
        accessKeyId: '0123abcd',
        signature,
        method: 'POST',
        host: '127.0.0.1:4566',
        path: '/',
        parameters: {},
        headers: { 'x-amz-date': '20260102T030405Z' },
        bodyHash: 'b06c52de7f4baa62aea5b1909ec10b50abe39078c0ae560832018c995061081c',
      },
    ]);
  });

  it('of version 2 goes with its parameters', async () => {
    const { asked, prove } = authority(() => demo);
    const query = `Action=DescribeRegions&AWSAccessKeyId=0123abcd&SignatureVersion=2&SignatureMethod=HmacSHA256&Timestamp=2026-01-02T03%3A04%3A05Z&Signature=c2ln`;
    const given = request({ method: 'GET', query, headers: { host: 'cloud' }, body: Buffer.alloc(0) });
    expect(await enter(doorOf(prove), given)).toMatchObject({ accessKeyId: '0123abcd' });
    expect(asked[0]).toMatchObject({ signature: 'c2ln', host: 'cloud', parameters: { Action: 'DescribeRegions' } });
    expect(asked[0]?.parameters).not.toHaveProperty('Signature');
  });

  it('is refused as one of a wrong key when the authority does not know it', async () => {
    const { prove } = authority(() => undefined);
    expect(await codeOf(enter(doorOf(prove), request()))).toBe('AuthFailure 401');
  });

  it('is refused for a region that nobody knows the keys of', async () => {
    const { asked, prove } = authority(() => demo);
    const given = request();
    const authorization = String(given.headers.authorization).replace('os-1', 'nowhere');
    expect(await codeOf(enter(doorOf(prove), { ...given, headers: { ...given.headers, authorization } }))).toBe(
      'AuthFailure 401',
    );
    expect(asked).toEqual([]);
  });

  it('is not asked about when it is refused anyhow', async () => {
    const { asked, prove } = authority(() => demo);
    const door = doorOf(prove);
    expect(await codeOf(enter(door, request(), now + 3_600_000))).toBe('RequestExpired 400');
    expect(await codeOf(enter(door, request({ headers: {} })))).toBe('MissingAuthenticationToken 403');
    const token = request();
    expect(await codeOf(enter(door, { ...token, headers: { ...token.headers, 'x-amz-security-token': 'x' } }))).toBe(
      'AuthFailure 401',
    );
    expect(asked).toEqual([]);
  });

  it('cannot be checked while the authority is away, and is asked about again', async () => {
    let away = true;
    const { asked, prove } = authority(() => {
      if (away) throw new DriverError('unavailable', 'connection refused');
      return demo;
    });
    const door = doorOf(prove);
    expect(await codeOf(enter(door, request()))).toBe('Unavailable 503');
    away = false;
    expect(await codeOf(enter(door, request()))).toBe('undefined');
    expect(asked.length).toBe(2);
  });
});

describe('an answer of the authority', () => {
  it('is kept for the very same request, for a few seconds', async () => {
    const { asked, prove } = authority(() => demo);
    const door = doorOf(prove);
    await Promise.all([enter(door, request()), enter(door, request())]);
    await enter(door, request(), now + 4_000);
    expect(asked.length).toBe(1);
    await enter(door, request(), now + 6_000);
    expect(asked.length).toBe(2);
  });

  it('proves nothing for another request with the same signature', async () => {
    const { asked, prove } = authority(() => demo);
    const door = doorOf(prove);
    await enter(door, request());
    await enter(door, request({ body: Buffer.from('Action=TerminateInstances') }));
    await enter(door, request({ path: '/services/Cloud' }));
    expect(asked.length).toBe(3);
  });
});
