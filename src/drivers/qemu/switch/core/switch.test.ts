import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupRule } from '../../network/plane.ts';
import { needIp, needMac } from '../packets/addresses.ts';
import { readArp, writeArp } from '../packets/arp.ts';
import { checksumOf, sumOf } from '../packets/checksum.ts';
import { writeDhcp } from '../packets/dhcp.ts';
import { srcMacAt } from '../packets/ethernet.ts';
import { newIpv4 } from '../packets/ipv4.ts';
import { flags, writeTcp } from '../packets/tcp.ts';
import { writeUdp } from '../packets/udp.ts';
import { datagram, fabric, macOf, networkOf, openRules, port, textOf, way } from './fabric.fixture.ts';
import { routerMac } from './topology.ts';

const [one, two, far] = ['10.0.0.10', '10.0.0.11', '10.0.1.12'];
const pair = [port(one!), port(two!), port(far!)];
const A = one!;
const B = two!;
const C = far!;
const egress = openRules[0]!;
const rule = (over: Partial<GroupRule>): GroupRule => ({ ...openRules[1]!, ...over });
const tcp = (src: string, dst: string, bits: number, srcPort = 1000, dstPort = 22) =>
  writeTcp(way(src, dst), { srcPort, dstPort, seq: 1, ack: 1, flags: bits, window: 1, payload: Buffer.alloc(0) });
const arp = (over: object) =>
  writeArp({
    ...{ operation: 1, senderMac: needMac(macOf(A)), senderIp: needIp(A), targetMac: 0, targetIp: needIp(B) },
    ...over,
  });

describe('neighbours', () => {
  it('the switch tells who has an address and asks nobody', () => {
    const [answer, ...more] = fabric({ ports: pair }).say('eni-10', arp({}));
    expect(more).toEqual([]);
    expect(answer?.to).toBe('eni-10');
    expect(readArp(answer!.frame, 0, answer!.frame.length)).toMatchObject({
      ...{ operation: 2, senderMac: needMac(macOf(B)), senderIp: needIp(B) },
    });
  });

  it('who has an address of nobody, or of another subnet, is not told; the router is', () => {
    const { say } = fabric({ ports: pair });
    expect(say('eni-10', arp({ targetIp: needIp('10.0.0.99') }))).toEqual([]);
    expect(say('eni-10', arp({ targetIp: needIp(C) }))).toEqual([]);
    expect(say('eni-10', arp({ targetIp: needIp('10.0.0.1') }))).toHaveLength(1);
  });

  it.each([{ senderIp: needIp(B) }, { senderMac: needMac(macOf(B)) }])('a lie goes nowhere: %o', (lie) => {
    const { say, switch: made } = fabric({ ports: pair });
    expect(say('eni-10', arp(lie))).toEqual([]);
    expect(made.seen('eni-10')?.received.dropped).toBe(1);
  });
});

describe('between machines', () => {
  it('frames reach whom they are for, with the MAC addresses of that wire', () => {
    const { say } = fabric({ ports: pair });
    const near = say('eni-10', datagram(A, B));
    expect(near.map(({ to, frame }) => [to, textOf(frame), srcMacAt(frame, 0)])).toEqual([
      ['eni-11', 'hello', needMac(macOf(A))],
    ]);
    const away = say('eni-10', datagram(A, C));
    expect(away.map(({ to, frame }) => [to, srcMacAt(frame, 0)])).toEqual([['eni-12', routerMac]]);
  });

  it('spoofed addresses go nowhere', () => {
    const { say } = fabric({ ports: pair });
    expect(say('eni-10', datagram(C, B))).toEqual([]);
    const stolen = writeUdp({ ...way(A, C), src: needIp(B) }, { srcPort: 1, dstPort: 7, payload: Buffer.from('x') });
    expect(say('eni-10', stolen)).toEqual([]);
  });

  it('a machine whose source is not checked may pass others on, but never speaks for its subnet or the switch', () => {
    const { say } = fabric({ ports: [port(A, { sourceDestCheck: false }), port(C)] });
    const as = (src: string) =>
      writeUdp({ ...way(A, C), src: needIp(src) }, { srcPort: 1, dstPort: 7, payload: Buffer.from('x') });
    expect(say('eni-10', as('192.168.5.5'))).toHaveLength(1);
    for (const src of ['10.0.0.50', '127.0.0.1', '169.254.169.254', '10.0.0.2', '224.0.0.1'])
      expect(say('eni-10', as(src))).toEqual([]);
  });

  it('VPCs with the same addresses do not see each other; peered ones do', () => {
    const other = port('10.9.0.20', { vpc: 'vpc-2', subnet: 'subnet-c' });
    const twin = port(B, { id: 'eni-twin', vpc: 'vpc-2', subnet: 'subnet-a' });
    const routes = [
      { cidr: '10.9.0.0/16', to: { kind: 'peering' as const, id: 'pcx-1' } },
      { cidr: '0.0.0.0/0', to: { kind: 'blackhole' as const } },
    ];
    const apart = fabric({ ports: [...pair, other, twin], routes });
    expect(apart.say('eni-10', datagram(A, '10.9.0.20'))).toEqual([]);
    expect(apart.say('eni-10', datagram(A, B)).map(({ to }) => to)).toEqual(['eni-11']);
    const peerings = [{ id: 'pcx-1', vpcs: ['vpc-1', 'vpc-2'] as const }];
    const peered = fabric({ ports: [...pair, other, twin], routes, peerings });
    expect(peered.say('eni-10', datagram(A, '10.9.0.20')).map(({ to }) => to)).toEqual(['eni-20']);
  });

  it('a route to an interface needs one that takes what is not its own', () => {
    const routes = [{ cidr: '192.168.0.0/16', to: { kind: 'interface' as const, id: 'eni-11' } }];
    expect(fabric({ ports: pair, routes }).say('eni-10', datagram(A, '192.168.0.1'))).toEqual([]);
    const ports = [port(A), port(B, { sourceDestCheck: false })];
    expect(
      fabric({ ports, routes })
        .say('eni-10', datagram(A, '192.168.0.1'))
        .map(({ to }) => to),
    ).toEqual(['eni-11']);
  });
});

describe('security groups', () => {
  it('let in what a rule allows, and its answers out and back', () => {
    const { say } = fabric({ ports: pair, rules: [rule({})] });
    expect(say('eni-10', datagram(A, B))).toEqual([]);
    const { say: tell } = fabric({ ports: pair });
    expect(tell('eni-10', datagram(A, B, 8))).toEqual([]);
    expect(tell('eni-11', datagram(B, A, 1000, 7))).toEqual([]);
    expect(tell('eni-10', datagram(A, B))).toHaveLength(1);
    expect(tell('eni-11', datagram(B, A, 1000, 7))).toHaveLength(1);
    expect(tell('eni-11', datagram(B, A, 1001, 7))).toEqual([]);
  });

  it('rules that are gone end open flows at once', () => {
    const { say, switch: made } = fabric({ ports: pair });
    expect(say('eni-10', datagram(A, B))).toHaveLength(1);
    made.apply(networkOf({ ports: pair, rules: [egress] }));
    expect(say('eni-10', datagram(A, B))).toEqual([]);
    made.apply(networkOf({ ports: pair }));
    expect(say('eni-10', datagram(A, B))).toHaveLength(1);
  });

  it('a rule for a group is for the machines that have it', () => {
    const others = [{ id: 'sg-2', rules: [egress] }];
    const rules = [egress, rule({ from: 22, to: 22, protocol: 6, group: 'sg-2', cidr: undefined } as never)];
    const { say } = fabric({ ports: [port(A, { groups: ['sg-2'] }), port(B), port(C)], rules, others });
    expect(say('eni-10', tcp(A, B, flags.syn))).toHaveLength(1);
    expect(say('eni-12', tcp(C, B, flags.syn))).toEqual([]);
  });

  it('a flow is forgotten when it was idle, and not before', () => {
    const { say, time } = fabric({ ports: pair });
    say('eni-10', datagram(A, B));
    time.now += 29_000;
    expect(say('eni-11', datagram(B, A, 1000, 7))).toHaveLength(1);
    time.now += 180_001;
    expect(say('eni-11', datagram(B, A, 1000, 7))).toEqual([]);
  });

  it('network ACLs have no memory', () => {
    const all = { protocol: -1, cidr: '0.0.0.0/0', allow: true };
    const acl = { egress: [all], ingress: [{ ...all, protocol: 17, from: 1000, to: 1000, allow: false }, all] };
    const { say } = fabric({ ports: pair, acl });
    expect(say('eni-10', datagram(A, C))).toHaveLength(1);
    expect(say('eni-12', datagram(C, A, 1000, 7))).toEqual([]);
    expect(say('eni-10', datagram(A, B))).toHaveLength(1);
  });
});

describe('what ends in the switch', () => {
  const internet = [{ cidr: '0.0.0.0/0', to: { kind: 'internet' as const } }];
  const addresses = [{ publicIp: '127.9.0.1', at: { port: 'eni-10', privateIp: A } }];

  it('metadata and DNS, whatever the rules', () => {
    const { say, ended } = fabric({ ports: pair, rules: [] });
    say('eni-10', tcp(A, '169.254.169.254', flags.syn, 1, 80));
    say('eni-10', datagram(A, '10.0.0.2', 53));
    say('eni-10', datagram(A, '169.254.169.253', 53));
    say('eni-10', datagram(A, '169.254.3.3', 53));
    expect(ended.map(({ end }) => end)).toEqual(['metadata', 'dns', 'dns']);
  });

  it('outside needs a route and a public address', () => {
    const { say, ended } = fabric({ ports: pair, routes: internet, addresses });
    say('eni-10', datagram(A, '203.0.113.1'));
    say('eni-11', datagram(B, '203.0.113.1'));
    expect(ended).toEqual([{ end: 'outside', port: 'eni-10' }]);
    const nat = [{ cidr: '0.0.0.0/0', to: { kind: 'nat' as const, publicIp: '127.9.0.2' } }];
    const behind = fabric({ ports: pair, routes: nat });
    behind.say('eni-11', datagram(B, '203.0.113.1'));
    expect(behind.ended).toHaveLength(1);
    const none = fabric({ ports: pair, addresses });
    none.say('eni-10', datagram(A, '203.0.113.1'));
    expect(none.ended).toEqual([]);
  });

  it('what comes from outside is asked about as well', () => {
    const { switch: made } = fabric({ ports: pair, routes: internet, addresses });
    const incoming = (dst: string, dstPort: number) =>
      writeUdp({ ...way(A, dst), src: needIp('100.64.0.1') }, { srcPort: 9, dstPort, payload: Buffer.from('x') });
    expect(made.deliver('eni-10', incoming(A, 7))).toBe('sent');
    expect(made.deliver('eni-10', incoming(A, 8))).toBe('refused');
    expect(made.deliver('eni-11', incoming(B, 7))).toBe('refused');
  });

  it('DHCP gives the primary address to its own MAC address alone', () => {
    const { say, switch: made } = fabric({ ports: pair });
    const ask = (kind: number, mac: string) => {
      const message = writeDhcp({ kind, server: 0, to: { kind, xid: 1, flags: 0, clientIp: 0, mac: needMac(mac) } });
      message[0] = 1;
      const between = { srcMac: needMac(macOf(A)), dstMac: 0xffffffffffff, src: 0, dst: 0xffffffff };
      return writeUdp(between, { srcPort: 68, dstPort: 67, payload: message });
    };
    const [offer] = say('eni-10', ask(1, macOf(A)));
    expect(offer!.frame.readUInt32BE(14 + 28 + 16)).toBe(needIp(A));
    expect(made.seen('eni-10')?.leasedAt).toBeUndefined();
    expect(say('eni-10', ask(1, macOf(B)))).toEqual([]);
  });
});

describe('hostile machines', () => {
  it('any bytes, from a right MAC address or not, reach nobody but by the rules, and nothing throws', () => {
    const { switch: made } = fabric({ ports: pair });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, right) => {
        const frame = Buffer.concat([Buffer.alloc(4), bytes]);
        if (right && frame.length >= 18) {
          frame.writeUIntBE(needMac(macOf(A)), 10, 6);
          frame.writeUInt16BE(0x0800, 16);
        }
        made.receive('eni-10', frame, 4, frame.length);
      }),
    );
    expect(made.seen('eni-11')?.sent.frames).toBe(0);
  });

  it('IPv6 goes nowhere', () => {
    const frame = datagram(A, B);
    frame.writeUInt16BE(0x86dd, 12);
    expect(fabric({ ports: pair }).say('eni-10', frame)).toEqual([]);
  });

  it('thousands of flows fill the table of who opened them, and a share of the other’s', () => {
    const { say } = fabric({ ports: pair }, { flows: 40, flowsOfOnePeer: 10, newFlowsPerSecond: 1_000 });
    const passed = (from: string, src: string, count: number) =>
      Array.from({ length: count }, (_, at) => say(from, datagram(src, B, 7, 2000 + at)).length).filter(Boolean).length;
    expect(passed('eni-10', A, 100)).toBe(10);
    expect(passed('eni-12', C, 5)).toBe(5);
  });

  it('a flood is cut to what a port may send; others go on', () => {
    const { say, switch: made, time } = fabric({ ports: pair }, { framesPerSecond: 50 });
    const sent = Array.from({ length: 200 }, () => say('eni-10', datagram(A, B)).length).filter(Boolean);
    expect(sent).toHaveLength(50);
    expect(made.seen('eni-10')?.received.dropped).toBe(150);
    expect(say('eni-12', datagram(C, B))).toHaveLength(1);
    time.now += 1_000;
    expect(say('eni-10', datagram(A, B))).toHaveLength(1);
  });
});

describe('fragments', () => {
  const fragment = (offset: number, more: boolean, size = 64) => {
    const frame = newIpv4(way(A, B), 17, size);
    frame.writeUInt16BE(0x77, 18);
    frame.writeUInt16BE((more ? 0x2000 : 0) | (offset / 8), 20);
    frame.writeUInt16BE(0, 24);
    frame.writeUInt16BE(checksumOf(sumOf(frame, 14, 34)), 24);
    if (offset === 0 && size >= 4) frame.writeUInt16BE(7, 36);
    return frame;
  };

  it('follow their first one, and go nowhere without it', () => {
    const { say } = fabric({ ports: pair });
    expect(say('eni-10', fragment(64, false))).toEqual([]);
    expect(say('eni-10', fragment(0, true))).toHaveLength(1);
    expect(say('eni-10', fragment(64, false))).toHaveLength(1);
  });

  it('that would hide or change what rules look at go nowhere', () => {
    const { say } = fabric({ ports: pair });
    expect(say('eni-10', fragment(0, true, 16))).toEqual([]);
    say('eni-10', fragment(0, true));
    expect(say('eni-10', fragment(8, false))).toEqual([]);
  });
});

describe('machines that are silent', () => {
  it('are asked for their address, and heard when they answer', () => {
    const { switch: made, time, out, say } = fabric({ ports: [port(A)] });
    made.sweep();
    expect(out).toHaveLength(1);
    const asked = readArp(out[0]!.frame, 0, out[0]!.frame.length)!;
    expect(asked).toMatchObject({ operation: 1, senderMac: routerMac, targetIp: needIp(A) });
    const turned = {
      senderMac: needMac(macOf(A)),
      senderIp: asked.targetIp,
      targetMac: routerMac,
      targetIp: asked.senderIp,
    };
    say('eni-10', writeArp({ operation: 2, ...turned }));
    expect(made.seen('eni-10')?.heardAt).toBe(time.now);
    out.length = 0;
    made.sweep();
    expect(out).toEqual([]);
    time.now += 20_000;
    made.sweep();
    expect(out).toHaveLength(1);
  });
});
