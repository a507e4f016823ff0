import { expect, it } from 'vitest';
import { needIp, needMac } from '../packets/addresses.ts';
import { readArp, writeArp } from '../packets/arp.ts';
import { writeUdp } from '../packets/udp.ts';
import { datagram, fabric, macOf, port, way } from './fabric.fixture.ts';
import { routerMac } from './topology.ts';

const [A, B, C] = ['10.0.0.10', '10.0.0.11', '10.0.1.12'] as const;
const text = { srcPort: 1, dstPort: 7, payload: Buffer.from('x') };

it.each([
  ['a neighbour’s MAC address', needMac(macOf(B))],
  ['the router’s', routerMac],
  ['one of nobody', needMac('02:00:00:00:00:99')],
  ['everybody’s', 0xffffffffffff],
])('a frame from %s goes nowhere, whatever it carries', (_, srcMac) => {
  const { say, switch: made } = fabric({ ports: [port(A, { sourceDestCheck: false }), port(B), port(C)] });
  const arp = writeArp({ operation: 1, senderMac: srcMac, senderIp: needIp(A), targetMac: 0, targetIp: needIp(B) });
  const lies = [writeUdp({ ...way(A, B), srcMac }, text), writeUdp({ ...way(A, C), srcMac }, text), arp];
  for (const lie of lies) expect(say('eni-10', lie)).toEqual([]);
  expect(made.seen('eni-10')!.received).toMatchObject({ frames: 3, dropped: 3 });
  expect(say('eni-10', datagram(A, B))).toHaveLength(1);
});

it('what a machine says of others’ addresses changes nothing that others are told', () => {
  const { say } = fabric({ ports: [port(A), port(B), port('10.0.0.13')] });
  const claim = { senderMac: needMac(macOf(A)), targetMac: 0xffffffffffff };
  for (const stolen of [B, '10.0.0.1', '10.0.0.2', '10.0.0.77'])
    for (const operation of [1, 2])
      expect(
        say('eni-10', writeArp({ ...claim, operation, senderIp: needIp(stolen), targetIp: needIp(stolen) })),
      ).toEqual([]);
  const asks = (ip: string) => {
    const [answer] = say(
      'eni-13',
      writeArp({
        operation: 1,
        senderMac: needMac(macOf('10.0.0.13')),
        senderIp: needIp('10.0.0.13'),
        targetMac: 0,
        targetIp: needIp(ip),
      }),
    );
    return answer && readArp(answer.frame, 0, answer.frame.length)?.senderMac;
  };
  expect([asks(B), asks('10.0.0.1'), asks('10.0.0.77')]).toEqual([needMac(macOf(B)), routerMac, undefined]);
});

it('IPv6 goes nowhere, and is counted', () => {
  const { say, switch: made } = fabric({ ports: [port(A), port(B)] });
  // A router solicitation, and what a machine sends when its link comes up.
  for (const next of [58, 0, 17]) {
    const frame = Buffer.alloc(14 + 40 + 16);
    frame.writeUIntBE(0x333300000002, 0, 6);
    frame.writeUIntBE(needMac(macOf(A)), 6, 6);
    frame.writeUInt16BE(0x86dd, 12);
    frame[14] = 0x60;
    frame.writeUInt16BE(16, 18);
    frame.set([next, 255, 0xfe, 0x80], 20);
    frame[54] = 133;
    expect(say('eni-10', frame)).toEqual([]);
  }
  expect([made.seen('eni-10')!.received.dropped, made.seen('eni-11')!.sent.frames]).toEqual([3, 0]);
});
