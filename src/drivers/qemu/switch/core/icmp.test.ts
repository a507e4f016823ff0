import { describe, expect, it } from 'vitest';
import type { GroupRule } from '../../network/plane.ts';
import { checksumOf, sumOf } from '../packets/checksum.ts';
import { newIpv4 } from '../packets/ipv4.ts';
import { datagram, fabric, port, way } from './fabric.fixture.ts';

const [A, B] = ['10.0.0.10', '10.0.0.11'] as const;
const out: GroupRule = { direction: 'egress', protocol: -1, from: -1, to: -1, cidr: '0.0.0.0/0' };
/** Type and code in the places of ports, as in EC2. */
const letsIn = (type: number, code: number): GroupRule => ({
  ...{ direction: 'ingress', protocol: 1, from: type, to: code, cidr: '10.0.0.0/24' },
});

/** A message with an identifier; of an error, with the packet that it is about. */
function icmp(src: string, dst: string, type: number, code = 0, body = Buffer.from([0, 7, 0, 1])): Buffer {
  const frame = newIpv4(way(src, dst), 1, 4 + body.length);
  frame[34] = type;
  frame[35] = code;
  body.copy(frame, 38);
  frame.writeUInt16BE(checksumOf(sumOf(frame, 34, frame.length)), 36);
  return frame;
}

/** Both have a group; only what `ingress` says comes into B. */
function pair(...ingress: readonly GroupRule[]) {
  const others = [{ id: 'sg-2', rules: [out] }];
  const { say } = fabric({ ports: [port(A, { groups: ['sg-2'] }), port(B)], rules: [out, ...ingress], others });
  const passes = (src: string, frame: Buffer) => say(src === A ? 'eni-10' : 'eni-11', frame).length === 1;
  return {
    asks: (type: number, code = 0) => passes(A, icmp(A, B, type, code)),
    answers: (type: number, code = 0) => passes(B, icmp(B, A, type, code)),
    passes,
  };
}

describe('ICMP between machines', () => {
  it('a rule for echoes lets those in, and their replies back; nothing else', () => {
    const { asks, answers } = pair(letsIn(8, -1));
    expect([answers(0), asks(8), answers(0), asks(13)]).toEqual([false, true, true, false]);
    expect([pair(letsIn(8, -1)).asks(13), pair(letsIn(13, 0)).asks(8), pair().asks(8)]).toEqual([false, false, false]);
  });

  it('a rule may name a code, or take all types', () => {
    const { asks } = pair(letsIn(13, 0));
    expect([asks(13, 1), asks(13, 0)]).toEqual([false, true]);
    expect([8, 13, 17, 42].map((type) => pair(letsIn(-1, -1)).asks(type))).toEqual([true, true, true, true]);
  });

  it('an error comes back to whose packet it is about without a rule, and to nobody else', () => {
    const seven: GroupRule = { ...letsIn(7, 7), protocol: 17 };
    const error = (sent: Buffer) => icmp(B, A, 3, 3, Buffer.concat([Buffer.alloc(4), sent.subarray(14, 42)]));
    const { passes } = pair(seven);
    expect(passes(B, error(datagram(A, B)))).toBe(false);
    expect([passes(A, datagram(A, B)), passes(B, error(datagram(A, B))), passes(B, error(datagram(A, B, 8)))]).toEqual([
      ...[true, true, false],
    ]);
  });
});
