import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseForm } from '../form.ts';
import { accessKeyId, host, now, secret, signV2 } from './client.fixture.ts';
import { identify } from './identify.ts';
import { notSigned, unknownKey } from './refusal.ts';
import type { SignedRequest } from './request.ts';
import { verify } from './verify.ts';

const timestamp = new Date(now).toISOString();
const asked = {
  Action: 'DescribeVolumes',
  Version: '2012-05-01',
  Timestamp: timestamp,
  'Filter.1.Value.1': "a b+c*~'()é",
};
const check = (request: SignedRequest, nowMs = now) => verify(identify(request)!, request, secret, nowMs, 'ec2');
const refused = (request: SignedRequest, code: string, status: number, nowMs = now) =>
  expect(() => check(request, nowMs)).toThrow(expect.objectContaining({ code, status }));
const minutes = 60_000;

describe('SigV2', () => {
  it.each(['HmacSHA1', 'HmacSHA256'] as const)('accepts %s, in the query and in the form', (algorithm) => {
    for (const method of ['GET', 'POST'] as const) {
      const request = signV2({ ...asked, SecurityToken: 'session' }, { method, algorithm, path: '/services/Cloud' });
      expect(identify(request)).toMatchObject({ kind: 'v2', accessKeyId, sessionToken: 'session', method: algorithm });
      expect(() => check(request)).not.toThrow();
      refused({ ...request, path: '/' }, 'AuthFailure', 401);
      refused({ ...request, headers: { ...request.headers, host: 'elsewhere:1' } }, 'AuthFailure', 401);
      refused({ ...request, query: `${request.query}&DryRun=true` }, 'AuthFailure', 401);
    }
  });

  it('accepts a known vector', () => {
    // Amazon Elastic MapReduce's example in the AWS General Reference, "Signature version 2 signing process".
    const query =
      'AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Action=DescribeJobFlows&SignatureMethod=HmacSHA256&SignatureVersion=2' +
      '&Timestamp=2011-10-03T15%3A19%3A30&Version=2009-03-31&Signature=i91nKc4PWAt0JJIdXwz9HxZCJDdiy6cf%2FMj6vPxyYIs%3D';
    const request: SignedRequest = {
      method: 'GET',
      path: '/',
      query,
      headers: { host: 'elasticmapreduce.amazonaws.com' },
      body: Buffer.alloc(0),
    };
    const presented = identify(request)!;
    verify(presented, request, 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', Date.UTC(2011, 9, 3, 15, 19, 30), 'ec2');
  });

  it('takes the parameters that the caller has parsed', () => {
    const request = signV2(asked, { method: 'POST' });
    expect(identify({ ...request, body: Buffer.from('not read') }, parseForm(request.body))).toMatchObject({
      accessKeyId,
    });
  });

  it('accepts a host signed without its port, or in capitals', () => {
    expect(() => check(signV2(asked, { signedHost: host.replace(/:\d+$/, '') }))).not.toThrow();
    const request = signV2(asked, { signedHost: 'EC2.Example.COM' });
    expect(() => check({ ...request, headers: { host: 'EC2.example.com' } })).not.toThrow();
  });

  it('holds the time of signing, or the end that the client chose', () => {
    expect(() => check(signV2(asked), now + 15 * minutes)).not.toThrow();
    refused(signV2(asked), 'RequestExpired', 400, now + 15 * minutes + 1);
    refused(signV2(asked), 'RequestExpired', 400, now - 15 * minutes - 1);
    const { Timestamp, ...rest } = asked;
    expect(Timestamp).toBe(timestamp);
    const ending = signV2({ ...rest, Expires: timestamp });
    expect(() => check(ending, now)).not.toThrow();
    refused(ending, 'RequestExpired', 400, now + 1);
    refused(signV2({ ...asked, Expires: timestamp }), 'InvalidParameterCombination', 400);
    refused(signV2(rest), 'MissingParameter', 400);
    refused(signV2({ ...rest, Timestamp: 'noon' }), 'InvalidParameterValue', 400);
  });

  it('names what is missing or not supported', () => {
    const request = signV2(asked);
    const without = (name: string) => ({ ...request, query: request.query.replace(new RegExp(`&?${name}=[^&]*`), '') });
    for (const name of ['AWSAccessKeyId', 'SignatureMethod', 'SignatureVersion', 'Signature']) {
      expect(() => identify(without(name))).toThrow(
        expect.objectContaining({
          code: 'MissingParameter',
          message: `The request must contain the parameter ${name}`,
        }),
      );
    }
    for (const [from, to] of [
      ['SignatureVersion=2', 'SignatureVersion=1'],
      ['HmacSHA256', 'HmacMD5'],
    ] as const) {
      refused({ ...request, query: request.query.replace(from, to) }, 'InvalidParameterValue', 400);
    }
  });

  it('accepts any parameters', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 6 })
      .filter((s) => !['__proto__', 'Expires', 'Timestamp', 'Signature'].includes(s));
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: 'grapheme' }), { noNullPrototype: true }), (parameters) => {
        expect(() => check(signV2({ ...parameters, Timestamp: timestamp }))).not.toThrow();
      }),
    );
  });
});

describe('nobody', () => {
  it('is nobody', () => {
    const request: SignedRequest = {
      method: 'POST',
      path: '/',
      query: '',
      headers: {},
      body: Buffer.from('Action=DescribeVolumes'),
    };
    expect(identify(request)).toBeUndefined();
    expect(
      identify({ ...request, headers: { 'content-type': 'text/plain' }, body: Buffer.from([0xff]) }),
    ).toBeUndefined();
    expect(notSigned('ec2')).toMatchObject({ code: 'MissingAuthenticationToken', status: 403 });
    expect(unknownKey('ec2')).toMatchObject({ code: 'AuthFailure', status: 401 });
    expect(unknownKey('sts')).toMatchObject({ code: 'InvalidClientTokenId', status: 403 });
  });
});
