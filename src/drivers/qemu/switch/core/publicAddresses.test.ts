import { expect, it } from 'vitest';
import type { GroupRule } from '../../network/plane.ts';
import { ipText } from '../packets/addresses.ts';
import { checksumOf, sumOf } from '../packets/checksum.ts';
import { srcMacAt } from '../packets/ethernet.ts';
import { newIpv4, readIpv4 } from '../packets/ipv4.ts';
import { flags, readTcp, writeTcp } from '../packets/tcp.ts';
import { readUdp } from '../packets/udp.ts';
import { datagram, fabric, networkOf, openRules, port, way } from './fabric.fixture.ts';
import { routerMac } from './topology.ts';

const [A, B] = ['10.0.0.10', '10.0.0.11'] as const;
const egress = openRules[0]!;
const rule = (over: Partial<GroupRule>): GroupRule => ({ ...openRules[1]!, ...over });
const tcp = (src: string, dst: string, bits: number) =>
  writeTcp(way(src, dst), {
    ...{ srcPort: 1000, dstPort: 22, seq: 1, ack: 1, flags: bits, window: 1, payload: Buffer.alloc(0) },
  });
const internet = [{ cidr: '0.0.0.0/0', to: { kind: 'internet' } }] as const;
const [mine, theirs, stranger] = ['127.9.0.10', '127.9.0.11', '127.9.0.20'] as const;
const D = '10.9.0.20';
const at = (publicIp: string, ip: string, eni = `eni-${ip.split('.')[3]}`) => ({
  publicIp,
  at: { port: eni, privateIp: ip },
});
const given = (rules = openRules) => ({
  ports: [port(A), port(B), port(D, { vpc: 'vpc-2', subnet: 'subnet-c' })],
  addresses: [at(mine, A), at(theirs, B), at(stranger, D)],
  ...{ rules, routes: internet },
});
/** The one frame that came out: to whom, the addresses, and whether every checksum in it is right. */
const seen = ([one, ...more]: ReturnType<ReturnType<typeof fabric>['say']>) => {
  expect(more).toEqual([]);
  const packet = one && readIpv4(one.frame, 14, one.frame.length);
  if (one === undefined || packet === undefined) return undefined;
  const sound = packet.protocol === 6 ? readTcp(one.frame, packet) : readUdp(one.frame, packet);
  return [one.to, ipText(packet.src), ipText(packet.dst), sound !== undefined, srcMacAt(one.frame, 0) === routerMac];
};

it.each([
  ['of the same network', A, 'eni-10', B, 'eni-11', mine, theirs],
  ['of another', A, 'eni-10', D, 'eni-20', mine, stranger],
  ['which is itself', A, 'eni-10', A, 'eni-10', mine, mine],
])('one reaches a machine %s, and hears its answer, each by the public address', (_, a, from, b, to, hers, its) => {
  const { say } = fabric(given());
  expect(seen(say(from, datagram(a, its)))).toEqual([to, hers, b, true, true]);
  expect(seen(say(to, datagram(b, hers, 1000, 7)))).toEqual([from, its, a, true, true]);
  expect(seen(say(from, tcp(a, its, flags.syn)))).toBeUndefined();
});

it('rules are asked about public addresses, and groups are for private ones', () => {
  const asked = (...ingress: Partial<GroupRule>[]) =>
    fabric(given([egress, ...ingress.map((one) => rule({ ...one, protocol: 6, from: 22, to: 22 }))]));
  const say = (...ingress: Partial<GroupRule>[]) => seen(asked(...ingress).say('eni-10', tcp(A, theirs, flags.syn)));
  expect(say({ cidr: `${mine}/32` })).toEqual(['eni-11', mine, B, true, true]);
  expect(say({ cidr: '10.0.0.0/8' }, { cidr: undefined, group: 'sg-1' } as Partial<GroupRule>)).toBeUndefined();
  const out = fabric(given([{ ...egress, cidr: `${stranger}/32` }, openRules[1]!]));
  expect(seen(out.say('eni-10', datagram(A, theirs)))).toBeUndefined();
  expect(seen(out.say('eni-10', datagram(A, stranger)))).toEqual(['eni-20', mine, D, true, true]);
});

it('network ACLs see public addresses, too', () => {
  const open = { allow: true, protocol: -1, cidr: '0.0.0.0/0' };
  const acl = { ingress: [{ ...open, cidr: `${mine}/32` }], egress: [open] };
  const { say } = fabric({ ...given(), acl });
  expect(seen(say('eni-10', datagram(A, theirs)))).toEqual(['eni-11', mine, B, true, true]);
  expect(seen(say('eni-11', datagram(B, mine)))).toBeUndefined();
});

it('an error of ICMP about such a packet finds its way back, and quotes what was sent', () => {
  const { say } = fabric(given());
  const [there] = say('eni-10', datagram(A, theirs));
  const quoted = there!.frame.subarray(14, 14 + 28);
  const error = newIpv4(way(B, mine), 1, 8 + quoted.length);
  error.writeUInt16BE(0x0303, 34);
  quoted.copy(error, 42);
  error.writeUInt16BE(checksumOf(sumOf(error, 34, error.length)), 36);
  const [back] = say('eni-11', error);
  const packet = readIpv4(back!.frame, 14, back!.frame.length)!;
  const inner = readIpv4(Buffer.concat([back!.frame.subarray(42), Buffer.alloc(20)]), 0, 48);
  expect([back!.to, ipText(packet.src), ipText(packet.dst), ipText(inner!.src), ipText(inner!.dst)]).toEqual([
    ...['eni-10', theirs, A, A, theirs],
  ]);
  expect(checksumOf(sumOf(back!.frame, packet.start, packet.end))).toBe(0);
});

/** A datagram in two fragments, the first with `first` bytes of its packet's payload. */
function inTwo(whole: Buffer, first: number): readonly [Buffer, Buffer] {
  const part = (from: number, to: number, more: boolean): Buffer => {
    const frame = Buffer.concat([whole.subarray(0, 34), whole.subarray(34 + from, 34 + to)]);
    frame.writeUInt16BE(frame.length - 14, 16);
    frame.writeUInt16BE(0x77, 18);
    frame.writeUInt16BE((more ? 0x2000 : 0) | (from / 8), 20);
    frame.writeUInt16BE(0, 24);
    frame.writeUInt16BE(checksumOf(sumOf(frame, 14, 34)), 24);
    return frame;
  };
  return [part(0, first, true), part(first, whole.length - 34, false)];
}

it('fragments follow their first one to a public address, and are one sound packet there', () => {
  const made = fabric(given());
  const [first, second] = inTwo(datagram(A, theirs, 7, 1_000, 'hello '.repeat(500)), 1_480);
  expect(made.say('eni-10', Buffer.from(second))).toEqual([]);
  const came = [first, second].flatMap((frame) => made.say('eni-10', frame));
  const packets = came.map(({ frame }) => readIpv4(frame, 14, frame.length)!);
  expect(came.map(({ to, frame }) => [to, srcMacAt(frame, 0)])).toEqual([
    ['eni-11', routerMac],
    ['eni-11', routerMac],
  ]);
  expect(packets.map(({ src, dst, offset, more }) => [ipText(src), ipText(dst), offset, more])).toEqual([
    [mine, B, 0, true],
    [mine, B, 1_480, false],
  ]);
  const payload = Buffer.concat(packets.map(({ start, end }, n) => came[n]!.frame.subarray(start, end)));
  const whole = { ...packets[0]!, more: false, start: 0, end: payload.length };
  expect(readUdp(payload, whole)?.payload.toString()).toBe('hello '.repeat(500));
  made.switch.apply(networkOf(given([egress])));
  expect(made.say('eni-10', second)).toEqual([]);
});

it('fragments to outside go nowhere, and nothing of them ends there', () => {
  const { say, ended, switch: made } = fabric(given());
  for (const frame of inTwo(datagram(A, '198.51.100.9', 7, 1_000, 'x'.repeat(3_000)), 1_480))
    expect(say('eni-10', frame)).toEqual([]);
  expect([ended, made.seen('eni-10')!.received.dropped]).toEqual([[], 2]);
});

it('who has no public address, or no way out, reaches none, and is not reached', () => {
  const none = fabric({ ...given(), addresses: [at(theirs, B)] });
  expect([none.say('eni-10', datagram(A, theirs)), none.ended]).toEqual([[], []]);
  const lonely = fabric({ ...given(), routes: [{ cidr: `${theirs}/32`, to: { kind: 'internet' } }] });
  expect(lonely.say('eni-10', datagram(A, theirs))).toEqual([]);
  const nobody = fabric({ ...given(), addresses: [at(mine, A)] });
  expect([nobody.say('eni-10', datagram(A, theirs)), nobody.ended]).toEqual([[], [{ end: 'outside', port: 'eni-10' }]]);
});
