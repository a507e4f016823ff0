import { createHmac } from 'node:crypto';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccount, createKey, disableKey, type NewKey, rotateKey } from '../../src/cloud/identity/accounts.ts';
import { type Running, startServer } from './server.ts';

let server: Running;
let key: NewKey;
const account = '123456789012';
beforeAll(async () => {
  // Virtual time runs ahead of the clients' clocks; signatures must not care.
  server = await startServer({ flags: { auth: 'keys' } });
  await createAccount(server.parts.world, 'lab', account);
  key = await createKey(server.parts.world, account);
});
afterAll(() => server.close());

const clientOf = (one: NewKey, more: object = {}) => ({
  endpoint: server.endpoint,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId: one.accessKeyId, secretAccessKey: one.secretAccessKey },
  ...more,
});
const regions = (one: NewKey, more: object = {}) =>
  new EC2Client(clientOf(one, more)).send(new DescribeRegionsCommand({}));
const identity = (one: NewKey, more: object = {}) =>
  new STSClient(clientOf(one, more)).send(new GetCallerIdentityCommand({}));

/** The code and the status of a refusal, as the SDK reads it. */
async function refusal(promise: Promise<unknown>): Promise<readonly [string, number]> {
  const error = await promise.then(
    () => expect.fail('expected a refusal'),
    (thrown: unknown) =>
      thrown as { name: string; Code?: string; $metadata: { httpStatusCode: number; requestId: string } },
  );
  expect(error.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  return [error.Code ?? error.name, error.$metadata.httpStatusCode];
}

describe('version 4, with the SDK', () => {
  it('lets a key in, at EC2 and at STS', async () => {
    expect((await regions(key)).Regions?.length).toBeGreaterThan(20);
    expect(await identity(key)).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:root` });
  });

  it('refuses an unknown key, a wrong secret and a token, in the words of each service', async () => {
    const unknown = { ...key, accessKeyId: 'AKIAUNKNOWNUNKNOWN23' };
    const wrong = { ...key, secretAccessKey: `${key.secretAccessKey.slice(1)}A` };
    const token = {
      credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey, sessionToken: 'x' },
    };
    expect(await refusal(regions(unknown))).toEqual(['AuthFailure', 401]);
    expect(await refusal(identity(unknown))).toEqual(['InvalidClientTokenId', 403]);
    expect(await refusal(regions(wrong))).toEqual(['AuthFailure', 401]);
    expect(await refusal(identity(wrong))).toEqual(['SignatureDoesNotMatch', 403]);
    expect(await refusal(regions(key, token))).toEqual(['AuthFailure', 401]);
    expect(await refusal(identity(key, token))).toEqual(['InvalidClientTokenId', 403]);
  });

  it('refuses a clock that is an hour off', async () => {
    expect(await refusal(regions(key, { systemClockOffset: 3_600_000 }))).toEqual(['RequestExpired', 400]);
    expect(await refusal(regions(key, { systemClockOffset: -3_600_000 }))).toEqual(['RequestExpired', 400]);
    expect(await refusal(identity(key, { systemClockOffset: 3_600_000 }))).toEqual(['SignatureDoesNotMatch', 403]);
  });

  it('refuses a region that is not there', async () => {
    expect(await refusal(regions(key, { region: 'moon-1' }))).toEqual(['AuthFailure', 401]);
  });
});

describe('a key that was working', () => {
  it('stops at once when it is disabled', async () => {
    const one = await createKey(server.parts.world, account);
    await regions(one);
    await disableKey(server.parts.world, one.accessKeyId);
    expect(await refusal(regions(one))).toEqual(['AuthFailure', 401]);
  });

  it('stops at once when it is rotated, and the new one works', async () => {
    const one = await createKey(server.parts.world, account);
    const { accessKeyId } = one;
    await regions(one);
    const next = await rotateKey(server.parts.world, accessKeyId);
    expect(await refusal(regions(one))).toEqual(['AuthFailure', 401]);
    expect((await regions(next)).Regions?.length).toBeGreaterThan(20);
    await expect(rotateKey(server.parts.world, accessKeyId)).rejects.toThrow('is disabled');
  });
});

describe('version 2', () => {
  const encode = (text: string) =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

  /** A form signed as boto 2 and euca2ools do. */
  function signed(method: 'GET' | 'POST', changes: Record<string, string> = {}, secret = key.secretAccessKey): string {
    const parameters: Record<string, string> = {
      Action: 'DescribeRegions',
      Version: '2014-10-01',
      AWSAccessKeyId: key.accessKeyId,
      SignatureMethod: 'HmacSHA256',
      SignatureVersion: '2',
      Timestamp: new Date().toISOString(),
      ...changes,
    };
    const text = Object.keys(parameters)
      .sort()
      .map((name) => `${encode(name)}=${encode(parameters[name]!)}`)
      .join('&');
    const digest = createHmac('sha256', secret)
      .update(`${method}\n127.0.0.1:${server.port}\n/\n${text}`)
      .digest('base64');
    return `${text}&Signature=${encode(digest)}`;
  }

  const ask = async (method: 'GET' | 'POST', form: string) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer =
      method === 'GET'
        ? await fetch(`${server.endpoint}/?${form}`)
        : await fetch(server.endpoint, { method, headers, body: form });
    const text = await answer.text();
    return [answer.status, /<Code>(.*?)</.exec(text)?.[1] ?? /xmlns="([^"]*)"/.exec(text)?.[1]];
  };

  it.each(['GET', 'POST'] as const)('lets a key in by %s, and echoes its version', async (method) => {
    expect(await ask(method, signed(method))).toEqual([200, 'http://ec2.amazonaws.com/doc/2014-10-01/']);
  });

  it('refuses what is wrong', async () => {
    expect(await ask('POST', signed('POST', {}, 'wrong'))).toEqual([401, 'AuthFailure']);
    expect(await ask('POST', `${signed('POST')}&RegionName.1=us-east-1`)).toEqual([401, 'AuthFailure']);
    expect(await ask('POST', signed('POST', { Timestamp: '2020-01-01T00:00:00Z' }))).toEqual([400, 'RequestExpired']);
    expect(await ask('POST', signed('POST', { SignatureVersion: '1' }))).toEqual([400, 'InvalidParameterValue']);
    expect(await ask('POST', signed('POST', { Version: '1999-01-01' }))).toEqual([400, 'NoSuchVersion']);
  });
});

describe('what is not signed', () => {
  const ask = async (headers: Record<string, string>, query = 'Action=DescribeRegions&Version=2016-11-15') => {
    const answer = await fetch(`${server.endpoint}/?${query}`, { headers });
    return [answer.status, /<Code>(.*?)</.exec(await answer.text())?.[1]];
  };

  it('is refused', async () => {
    expect(await ask({})).toEqual([403, 'MissingAuthenticationToken']);
    expect(await ask({ authorization: 'Basic dGVzdDp0ZXN0' })).toEqual([400, 'IncompleteSignature']);
    expect(await ask({ authorization: 'AWS4-HMAC-SHA256 Credential=a' })).toEqual([400, 'IncompleteSignature']);
    const sts = 'Action=GetCallerIdentity&Version=2011-06-15';
    expect(await ask({}, sts)).toEqual([403, 'MissingAuthenticationToken']);
  });

  it('is refused in open mode too: a key must be named, whatever it is', async () => {
    const open = await startServer();
    const of = async (authorization?: string) => {
      const headers: Record<string, string> =
        authorization === undefined ? {} : { authorization, 'x-amz-date': '20260102T030405Z' };
      const answer = await fetch(`${open.endpoint}/?Action=GetCallerIdentity&Version=2011-06-15`, { headers });
      const text = await answer.text();
      return [answer.status, /<(?:Code|Account)>(.*?)</.exec(text)?.[1]];
    };
    const v4 = (id: string) =>
      `AWS4-HMAC-SHA256 Credential=${id}/20260102/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00`;
    expect(await of()).toEqual([403, 'MissingAuthenticationToken']);
    expect(await of('Basic dGVzdDp0ZXN0')).toEqual([400, 'IncompleteSignature']);
    expect(await of(v4('anything'))).toEqual([200, '000000000000']);
    expect(await of(v4('210987654321'))).toEqual([200, '210987654321']);
    await open.close();
  });
});
