import { describe, expect, it } from 'vitest';
import { ipText, needIp, needMac } from '../packets/addresses.ts';
import { dhcpKinds, writeDhcp } from '../packets/dhcp.ts';
import { readIpv4 } from '../packets/ipv4.ts';
import { readUdp, writeUdp } from '../packets/udp.ts';
import { fabric, macOf, port } from './fabric.fixture.ts';

const [A, other] = ['10.0.0.10', '10.0.0.99'] as const;
const given = { ports: [port(A, { hostName: 'ip-10-0-0-10.lab', privateIps: [A, '10.0.0.20'] })] };

interface Asked {
  readonly kind: number;
  readonly from?: string;
  /** Option 50. */
  readonly wanted?: string;
  /** Option 54. */
  readonly server?: string;
}

/** What a client says, and what it is answered: to which address, the address it gets, and the options by number. */
function ask({ kind, from = '0.0.0.0', wanted, server = '0.0.0.0' }: Asked) {
  const { say, switch: made, time } = fabric(given);
  const to = { kind, xid: 9, flags: 0, clientIp: needIp(from), mac: needMac(macOf(A)) };
  const message = writeDhcp({ kind, server: needIp(server), to });
  message[0] = 1;
  // Behind what a server's message and a client's have in common.
  const at = message.indexOf(255, 240);
  const option = wanted === undefined ? [] : [50, 4, ...wanted.split('.').map(Number)];
  message.set([...option, 255], at);
  if (server === '0.0.0.0') message.set([0, 0, 0, 0, 0, 0], 243);
  const between = { srcMac: needMac(macOf(A)), dstMac: 0xffffffffffff, src: needIp(from), dst: 0xffffffff };
  const [answer] = say('eni-10', writeUdp(between, { srcPort: 68, dstPort: 67, payload: message }));
  if (answer === undefined) return undefined;
  const packet = readIpv4(answer.frame, 14, answer.frame.length)!;
  const { payload } = readUdp(answer.frame, packet)!;
  const leased = made.seen('eni-10')!.leasedAt === time.now;
  return { dst: ipText(packet.dst), gets: ipText(payload.readUInt32BE(16)), options: optionsOf(payload), leased };
}

function optionsOf(payload: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 240; payload[at] !== 255; at += 2 + payload[at + 1]!)
    found.set(payload[at]!, payload.subarray(at + 2, at + 2 + payload[at + 1]!));
  return found;
}
const addressesIn = (value: Buffer | undefined): string => [...(value ?? [])].join('.');

describe('DHCP', () => {
  it('gives the primary address, gateway, DNS, MTU, host name and domain, for ever', () => {
    const offer = ask({ kind: dhcpKinds.discover })!;
    const { options } = offer;
    expect([offer.gets, offer.dst, offer.leased, options.get(53)?.[0]]).toEqual([
      ...[A, '255.255.255.255', false, dhcpKinds.offer],
    ]);
    expect([1, 28, 3, 6, 54].map((code) => addressesIn(options.get(code)))).toEqual([
      ...['255.255.255.0', '10.0.0.255', '10.0.0.1', '10.0.0.2', '10.0.0.1'],
    ]);
    expect([options.get(26)?.readUInt16BE(0), options.get(51)?.readUInt32BE(0)]).toEqual([9_001, 0xffffffff]);
    expect([options.get(12)?.toString(), options.get(15)?.toString()]).toEqual(['ip-10-0-0-10', 'lab']);
  });

  it('whoever takes the offer has it; whoever renews it is answered at it', () => {
    const taken = ask({ kind: dhcpKinds.request, wanted: A, server: '10.0.0.1' })!;
    expect([taken.gets, taken.leased, taken.options.get(53)?.[0]]).toEqual([A, true, dhcpKinds.ack]);
    const renewed = ask({ kind: dhcpKinds.request, from: A })!;
    expect([renewed.gets, renewed.dst, renewed.leased]).toEqual([A, A, true]);
  });

  it('another address is refused, and who takes the offer of another server hears nothing', () => {
    const refused = ask({ kind: dhcpKinds.request, wanted: other })!;
    expect([refused.gets, refused.leased, refused.options.get(53)?.[0]]).toEqual(['0.0.0.0', false, dhcpKinds.nak]);
    expect([...refused.options.keys()].sort()).toEqual([53, 54]);
    expect(ask({ kind: dhcpKinds.request, wanted: '10.0.0.20' })!.options.get(53)?.[0]).toBe(dhcpKinds.nak);
    expect(ask({ kind: dhcpKinds.request, wanted: A, server: '10.0.0.7' })).toBeUndefined();
    expect([dhcpKinds.decline, dhcpKinds.release].map((kind) => ask({ kind }))).toEqual([undefined, undefined]);
  });

  it('who has its address otherwise is told the rest, without an address or a time', () => {
    const told = ask({ kind: dhcpKinds.inform, from: A })!;
    expect([told.gets, told.options.has(51), addressesIn(told.options.get(6))]).toEqual(['0.0.0.0', false, '10.0.0.2']);
  });
});
