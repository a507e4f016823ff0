import { describe, expect, it } from 'vitest';
import { fromBrowser, nobodysName } from './browser.ts';

describe('a host that no stranger can own', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:80',
    '[::1]',
    '[::1]:80',
    '10.1.2.3:4566',
    'localhost',
    'LocalHost:1',
    'box',
    'my_container:80',
    'a.b.localhost',
    'x.svc.cluster.local',
    'host.docker.internal',
    'ci.test',
    'nas.home.arpa',
    'ec2.lab.example.org',
    'EC2.lab.example.org.:80',
  ])('%s', (host) => expect(nobodysName(host, 'ec2.lab.example.org')).toBe(true));
});

describe('a host that one could', () => {
  it.each([
    'evil.example',
    'evil.example:4566',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil.local.example',
    '1.2.3',
    'a b',
    '',
    '[evil.example]',
    '::1@evil.example',
  ])('%j', (host) => expect(nobodysName(host, '127.0.0.1')).toBe(false));
});

it('a client that is no browser sends neither header', () => {
  expect(fromBrowser({}, '127.0.0.1', '127.0.0.1')).toBe(false);
  expect(fromBrowser({}, undefined, '127.0.0.1')).toBe(false);
  expect(fromBrowser({ origin: 'http://127.0.0.1' }, '127.0.0.1', '127.0.0.1')).toBe(true);
  expect(fromBrowser({ 'sec-fetch-site': 'none' }, '127.0.0.1', '127.0.0.1')).toBe(true);
});
