import { describe, expect, it } from 'vitest';
import type { Route } from '../../network/plane.ts';
import { needIp } from '../packets/addresses.ts';
import { datagram, fabric, type Given, networkOf, port } from './fabric.fixture.ts';

const [A, mine, gateway] = ['10.0.0.10', '127.9.0.10', '127.9.0.2'] as const;
const peer = { vpc: 'vpc-2', subnet: 'subnet-c' };
const ports = [
  ...[port(A), port('10.0.0.11'), port('10.0.1.12'), port('10.0.0.13', { sourceDestCheck: false })],
  ...[port('10.9.0.20', peer), port('10.9.0.130', peer)],
];
const peerings = [{ id: 'pcx-1', vpcs: ['vpc-1', 'vpc-2'] as const }];
const addresses = [{ publicIp: mine, at: { port: 'eni-10', privateIp: A } }, { publicIp: gateway }];
const to = (cidr: string, target: Route['to']): Route => ({ cidr, to: target });
const router = { kind: 'interface', id: 'eni-13' } as const;
/** Each inside the one before, where it can be. */
const routes: readonly Route[] = [
  to('0.0.0.0/0', { kind: 'internet' }),
  to('198.51.0.0/16', { kind: 'blackhole' }),
  to('198.51.100.0/24', { kind: 'nat', publicIp: gateway }),
  to('198.51.100.128/25', router),
  to('198.51.100.200/32', { kind: 'blackhole' }),
  to('10.9.0.0/16', { kind: 'peering', id: 'pcx-1' }),
  to('10.9.0.128/25', { kind: 'blackhole' }),
  to('10.0.0.0/16', { kind: 'blackhole' }),
  to('10.0.1.0/25', router),
];
const whole: Given = { ports, routes, peerings, addresses };

/** Where a datagram of A goes. */
function goes({ say, ended, switch: made }: ReturnType<typeof fabric>, dst: string): string {
  ended.length = 0;
  const before = made.seen('eni-10')!.received.dropped;
  const out = say('eni-10', datagram(A, dst)).map((one) => one.to);
  if (ended.length > 0) out.push(`${ended[0]!.end} as ${made.wayOut('eni-10', needIp(A), needIp(dst))}`);
  expect([out.length, made.seen('eni-10')!.received.dropped - before]).toEqual(out.length === 1 ? [1, 0] : [0, 1]);
  return out[0] ?? 'nowhere';
}

describe('of all routes that fit, the longest prefix says where', () => {
  it.each([
    ['the internet gateway', '203.0.113.9', `outside as ${mine}`],
    ['a blackhole, although the default leads out', '198.51.7.7', 'nowhere'],
    ['a NAT gateway inside the blackhole', '198.51.100.5', `outside as ${gateway}`],
    ['an interface inside that', '198.51.100.130', 'eni-13'],
    ['a blackhole of one address inside that', '198.51.100.200', 'nowhere'],
    ['the VPC itself, over another route for the same block', '10.0.0.11', 'eni-11'],
    ['nobody in the VPC, whatever the default', '10.0.1.200', 'nowhere'],
    ['an interface, for a part of the VPC', '10.0.1.12', 'eni-13'],
    ['a peering', '10.9.0.20', 'eni-20'],
    ['a blackhole inside the peering, although somebody is there', '10.9.0.130', 'nowhere'],
  ])('%s: %s goes %s', (_, dst, where) => {
    expect(goes(fabric(whole), dst)).toBe(where);
    expect(goes(fabric({ ...whole, routes: [...routes].reverse() }), dst)).toBe(where);
  });
});

describe('a route whose target is gone is a blackhole, and no shorter prefix takes its place', () => {
  it.each<[string, string, string, Given]>([
    ['an interface', '198.51.100.130', 'eni-13', { ...whole, ports: ports.filter(({ id }) => id !== 'eni-13') }],
    [
      'an interface that carries nothing of others any more',
      ...(['198.51.100.130', 'eni-13'] as const),
      { ...whole, ports: ports.map((one) => ({ ...one, sourceDestCheck: true })) },
    ],
    ['a peering', '10.9.0.20', 'eni-20', { ...whole, peerings: [] }],
    ['the public address', '203.0.113.9', `outside as ${mine}`, { ...whole, addresses: [{ publicIp: mine }] }],
    [
      'a NAT gateway',
      ...(['198.51.100.5', `outside as ${gateway}`] as const),
      { ...whole, routes: routes.map((one) => (one.to.kind === 'nat' ? { ...one, to: { kind: 'blackhole' } } : one)) },
    ],
  ])('%s: %s', (_, dst, where, without) => {
    const made = fabric(whole);
    expect(goes(made, dst)).toBe(where);
    made.switch.apply(networkOf(without));
    expect(goes(made, dst)).toBe('nowhere');
    made.switch.apply(networkOf(whole));
    expect(goes(made, dst)).toBe(where);
  });

  it('an interface of another VPC is none', () => {
    const stranger = to('198.51.100.0/24', { kind: 'interface', id: 'eni-21' });
    const other = port('10.9.0.21', { ...peer, sourceDestCheck: false });
    expect(goes(fabric({ ports: [port(A), other], routes: [stranger] }), '198.51.100.9')).toBe('nowhere');
  });

  it('without a route there is no way', () => expect(goes(fabric({ ports }), '203.0.113.9')).toBe('nowhere'));
});
