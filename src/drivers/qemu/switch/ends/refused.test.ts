import { describe, expect, it } from 'vitest';
import { needIp } from '../packets/addresses.ts';
import { refusesHost } from './refused.ts';

const time = { now: 5_000 };
const own = { addresses: ['192.168.7.20'] };
const refuses = refusesHost({ now: () => time.now }, () => ({
  lan: own.addresses.map((address) => ({
    ...{ address, family: 'IPv4', netmask: '255.255.255.0', mac: '', internal: false, cidr: null },
  })),
  other: undefined,
}));

describe('addresses that machines never reach through the host', () => {
  it.each([
    ...[
      '0.0.0.0',
      '0.1.2.3',
      '127.0.0.1',
      '127.83.12.1',
      '169.254.169.254',
      '169.254.0.1',
      '224.0.0.1',
      '239.255.255.250',
    ],
    ...['240.0.0.1', '255.255.255.255', '168.63.129.16', '100.100.100.200', '192.0.0.192', '192.168.7.20'],
  ])('%s', (ip) => expect(refuses(needIp(ip))).toBe(true));

  it.each(['1.1.1.1', '192.168.7.21', '10.1.2.3', '126.255.255.255', '223.255.255.255', '169.253.255.255'])(
    'but %s',
    (ip) => expect(refuses(needIp(ip))).toBe(false),
  );

  it('an address that the host got since is refused soon', () => {
    own.addresses = ['192.168.7.20', '192.0.2.9'];
    expect(refuses(needIp('192.0.2.9'))).toBe(false);
    time.now += 1_000;
    expect(refuses(needIp('192.0.2.9'))).toBe(true);
  });
});
