import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cidr4Text, ip4Text, readCidr4, readIp4 } from './cidr.ts';
import { canonicalCidr6 } from './cidr6.ts';

describe('IPv4', () => {
  it('reads what it writes', () => {
    fc.assert(fc.property(fc.nat(2 ** 32 - 1), (n) => readIp4(ip4Text(n)) === n));
    fc.assert(fc.property(fc.ipV4(), (ip) => ip4Text(readIp4(ip)!) === ip));
  });

  it.each([
    ['10.0.0.0/8', '10.0.0.0/8', 2 ** 24],
    ['10.1.2.3/8', '10.0.0.0/8', 2 ** 24],
    ['0.0.0.0/0', '0.0.0.0/0', 2 ** 32],
    ['255.255.255.255/32', '255.255.255.255/32', 1],
    ['203.0.113.129/25', '203.0.113.128/25', 128],
  ])('%s is %s', (text, canonical, size) => {
    const block = readCidr4(text)!;
    expect(cidr4Text(block)).toBe(canonical);
    expect(block.size).toBe(size);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4',
    '1.2.3.4/',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1.2.3.4/-1',
    '256.1.1.1/8',
    '01.2.3.4/8',
    '1.2.3.4/8 ',
    '::/0',
  ])('%j is no block', (text) => expect(readCidr4(text)).toBeUndefined());
});

describe('IPv6', () => {
  it.each([
    ['::/0', '::/0'],
    ['2001:DB8::1/32', '2001:db8::/32'],
    ['2001:db8:0:0:0:0:0:1/128', '2001:db8::1/128'],
    ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/45', '2001:db8:fff8::/45'],
    ['1:2:3:4:5:6:7:8/128', '1:2:3:4:5:6:7:8/128'],
    ['::ffff:1.2.3.4/128', '::ffff:102:304/128'],
    ['fe80::/10', 'fe80::/10'],
  ])('%s is %s', (text, canonical) => expect(canonicalCidr6(text)).toBe(canonical));

  it.each(['', '::', '::/129', '::/01', 'fe80::1%eth0/64', '1.2.3.4/8', ':::/0', '2001:db8::g/32', '[::]/0'])(
    '%j is no block',
    (text) => expect(canonicalCidr6(text)).toBeUndefined(),
  );
});
