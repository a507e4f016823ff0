import { expect, it } from 'vitest';
import { regionMeant } from './region.ts';

const configured = new Map([
  ['lab-1', {}],
  ['lab-2', {}],
  ['localhost', {}],
]);
const meant = (named: string | undefined, host?: string) =>
  regionMeant(
    named,
    { method: 'GET', path: '/', query: '', headers: { host }, body: Buffer.alloc(0) },
    configured,
    'lab-1',
  );

it('is the one that is named, when it is configured', () => {
  expect(meant('lab-2', '127.0.0.1:4566')).toBe('lab-2');
  expect(meant('localhost', 'localhost:4566')).toBe('localhost');
});

it('is the default, when none is named', () => {
  expect(meant(undefined, '127.0.0.1')).toBe('lab-1');
  expect(meant(undefined)).toBe('lab-1');
});

it.each([
  ['0', '127.0.0.1:4566'],
  ['0', '10.0.0.7'],
  ['cloud', 'cloud:4566'],
  ['elsewhere-1', 'elsewhere-1:4566'],
  ['example', 'cloud.example.com.au'],
])('is the default for %s, read off the host %s', (named, host) => {
  expect(meant(named, host)).toBe('lab-1');
});

it.each([
  ['eu-west-9', 'ec2.eu-west-9.example.com'],
  ['eu-west-9', '127.0.0.1'],
  ['1', '127.0.0.1'],
  ['com', 'ec2.example.com'],
  ['constructor', undefined],
  ['', ''],
])('is %j as named at %j: the door refuses it', (named, host) => {
  expect(meant(named, host)).toBe(named);
});
