import { expect, it } from 'vitest';
import { accessKeyId, host, now, secret, signV4 } from './client.fixture.ts';
import { identify } from './identify.ts';
import { presign } from './presign.ts';
import { verify } from './verify.ts';

const asked = { host, path: '/_elsewhere/console/i-0123456789abcdef0', service: 'ec2', region: 'us-east-1' };
const by = { accessKeyId, secret };
const parameters = (query: string) => Object.fromEntries(new URLSearchParams(query));

it('signs as the SDK does', async () => {
  const { query } = await signV4({ method: 'GET', path: asked.path }, { expiresIn: 300 });
  expect(parameters(presign(asked, by, now, 300))).toEqual(parameters(query));
});

it('signs what is verified: this path, at this host, for so long', () => {
  const query = presign(asked, by, now, 300);
  const check = (more: object, at = now) => {
    const request = { method: 'GET', path: asked.path, query, headers: { host }, body: Buffer.alloc(0), ...more };
    return () => verify(identify(request)!, request, secret, at, 'ec2');
  };
  expect(check({}, now + 299_000)).not.toThrow();
  expect(check({}, now + 301_000)).toThrow('Request has expired');
  expect(check({ path: '/' })).toThrow('not able to validate');
  expect(check({ headers: { host: 'another.example' } })).toThrow('not able to validate');
});
