import { describe, expect, it } from 'vitest';
import { isNoStranger } from './origin.ts';

const asks = (host: string | undefined, origin?: string, more = {}) =>
  isNoStranger({ ...more, ...(origin !== undefined && { origin }) }, host, 'ec2.lab.example');

describe('a page of the server itself', () => {
  it.each([
    ['127.0.0.1:4566', 'http://127.0.0.1:4566'],
    ['localhost:4566', 'http://127.0.0.1:4566'],
    ['127.0.0.1:4566', 'http://localhost:4566'],
    ['[::1]:4566', 'http://console.localhost:4566'],
    ['ec2.lab.example:4566', 'http://EC2.lab.example:4566'],
    ['ec2.lab.example', 'http://ec2.lab.example'],
    ['10.1.2.3:4566', 'http://10.1.2.3:4566'],
  ])('at %s, from %s, may', (host, origin) => expect(asks(host, origin)).toBe(true));
});

describe('a page of somebody else', () => {
  it.each([
    ['127.0.0.1:4566', 'http://evil.example'],
    ['127.0.0.1:4566', 'http://evil.example:4566'],
    ['127.0.0.1:4566', 'http://127.0.0.1:8080'],
    ['127.0.0.1:4566', 'http://localhost'],
    ['127.0.0.1:4566', 'null'],
    ['127.0.0.1:4566', ''],
    ['127.0.0.1:4566', 'file://'],
    ['127.0.0.1:4566', 'http://127.0.0.1:4566@evil.example'],
    ['127.0.0.1:4566', 'http://127.0.0.1:4566.evil.example'],
    ['127.0.0.1:4566', 'http://localhost.evil.example:4566'],
    ['10.1.2.3:4566', 'http://localhost:4566'],
    // A name that a stranger made point here, and his page at that name.
    ['evil.example:4566', 'http://evil.example:4566'],
  ])('at %s, from %s, may not', (host, origin) => expect(asks(host, origin)).toBe(false));
});

it('a program that is no browser may, under a name that is nobody’s', () => {
  expect(asks('127.0.0.1:4566')).toBe(true);
  expect(asks('evil.example')).toBe(false);
  expect(asks(undefined)).toBe(false);
  expect(asks('127.0.0.1', undefined, { 'sec-fetch-site': 'cross-site' })).toBe(false);
});
