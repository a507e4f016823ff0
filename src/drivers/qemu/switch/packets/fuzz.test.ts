import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readArp, writeArp } from './arp.ts';
import { readDhcp, writeDhcp } from './dhcp.ts';
import { readQuery, truncated, writeAnswer } from './dns.ts';
import { etherHeader } from './ethernet.ts';
import { echoReply, readIcmp, readQuoted } from './icmp.ts';
import { type Between, type Ipv4, newIpv4, payloadAt, readIpv4 } from './ipv4.ts';
import { readTcp, writeTcp } from './tcp.ts';
import { readUdp, writeUdp } from './udp.ts';

const bytes = (maxLength = 400) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const mac = fc.integer({ min: 0, max: 0xffffffffffff });
const between: fc.Arbitrary<Between> = fc.record({ srcMac: mac, dstMac: mac, src: u32, dst: u32 });
const whole = (buffer: Buffer, over: Partial<Ipv4> = {}): Ipv4 => ({
  ...{ src: 1, dst: 2, protocol: 17, id: 0, ttl: 64, offset: 0, more: false, start: 0, end: buffer.length },
  ...over,
});
const packetOf = (frame: Buffer): Ipv4 => readIpv4(frame, etherHeader, frame.length)!;

/** Every reader, on bytes that may be anything. */
const readers: Readonly<Record<string, (buffer: Buffer) => unknown>> = {
  arp: (buffer) => readArp(buffer, 0, buffer.length),
  ipv4: (buffer) => readIpv4(buffer, 0, buffer.length),
  icmp: (buffer) => readIcmp(buffer, whole(buffer)),
  quoted: (buffer) => readQuoted(buffer, whole(buffer)),
  echo: (buffer) => echoReply(buffer, whole(buffer), { srcMac: 1, dstMac: 2, src: 3, dst: 4 }),
  udp: (buffer) => readUdp(buffer, whole(buffer)),
  tcp: (buffer) => readTcp(buffer, whole(buffer)),
  dhcp: (buffer) => readDhcp(buffer),
  dns: (buffer) => readQuery(buffer),
};

/** What a guest would send, to be damaged. */
const seeds: readonly Buffer[] = [
  writeArp({ operation: 1, senderMac: 1, senderIp: 2, targetMac: 3, targetIp: 4 }),
  writeUdp({ srcMac: 1, dstMac: 2, src: 3, dst: 4 }, { srcPort: 5, dstPort: 6, payload: Buffer.from('hello') }),
  writeTcp(
    { srcMac: 1, dstMac: 2, src: 3, dst: 4 },
    { srcPort: 5, dstPort: 6, seq: 7, ack: 8, flags: 2, window: 9, mss: 1460, scale: 7, payload: Buffer.from('x') },
  ),
  dhcpBytes(),
  Buffer.from('abcd01000001000000000000036966710369666700000100010000', 'hex'),
];

function dhcpBytes(): Buffer {
  const to = { kind: 1, xid: 7, flags: 0, clientIp: 0, mac: 5 };
  const message = writeDhcp({ kind: 1, to, server: 9 });
  message[0] = 1;
  return message;
}

describe('readers of hostile bytes', () => {
  it.each(Object.entries(readers))('%s never throws', (_, read) => {
    fc.assert(fc.property(bytes(), (buffer) => void read(buffer)));
  });

  it.each(Object.entries(readers))('%s never throws on damaged packets', (_, read) => {
    const damage = fc.record({ seed: fc.constantFrom(...seeds), at: u16, value: u8, cut: u16, skip: fc.nat(40) });
    fc.assert(
      fc.property(damage, ({ seed, at, value, cut, skip }) => {
        const buffer = Buffer.from(seed.subarray(Math.min(skip, seed.length)));
        if (buffer.length > 0) buffer[at % buffer.length] = value;
        read(buffer.subarray(0, cut % (buffer.length + 1)));
      }),
      { numRuns: 500 },
    );
  });

  it('a packet is never longer than its frame', () => {
    fc.assert(
      fc.property(bytes(64), (buffer) => {
        if (buffer.length > 0) buffer[0] = 0x45;
        const packet = readIpv4(buffer, 0, buffer.length);
        if (packet !== undefined) expect(packet.end).toBeLessThanOrEqual(buffer.length);
      }),
    );
  });
});

describe('what is written is read back', () => {
  it('ARP', () =>
    fc.assert(
      fc.property(u16, mac, u32, mac, u32, (operation, senderMac, senderIp, targetMac, targetIp) => {
        const arp = { operation, senderMac, senderIp, targetMac, targetIp };
        const frame = writeArp(arp);
        expect(readArp(frame, 0, frame.length)).toEqual(arp);
      }),
    ));

  it('UDP in IPv4', () =>
    fc.assert(
      fc.property(between, u16, u16, bytes(), (way, srcPort, dstPort, payload) => {
        const frame = writeUdp(way, { srcPort, dstPort, payload });
        const packet = packetOf(frame);
        expect(packet).toMatchObject({ src: way.src, dst: way.dst, protocol: 17, offset: 0, more: false });
        expect(readUdp(frame, packet)).toEqual({ srcPort, dstPort, payload });
      }),
    ));

  it('TCP in IPv4, and one bit that is wrong is found', () =>
    fc.assert(
      fc.property(between, u32, u32, bytes(), fc.nat(), (way, seq, ack, payload, at) => {
        const segment = { srcPort: 1, dstPort: 2, seq, ack, flags: 0x12, window: 77, mss: 1460, scale: 7, payload };
        const frame = writeTcp(way, segment);
        expect(readTcp(frame, packetOf(frame))).toEqual(segment);
        const damaged = payloadAt + (at % (frame.length - payloadAt));
        frame[damaged]! ^= 1;
        expect(readTcp(frame, packetOf(frame))).toBeUndefined();
      }),
    ));
});

describe('IPv4', () => {
  const frame = (change: (at: number, buffer: Buffer) => void): Buffer => {
    const made = newIpv4({ srcMac: 1, dstMac: 2, src: 3, dst: 4 }, 17, 8);
    change(etherHeader, made);
    return made;
  };
  it('refuses a wrong checksum, lengths that contradict, other versions', () => {
    const cases = [
      (at: number, b: Buffer) => (b[at + 8] = 1),
      (at: number, b: Buffer) => b.writeUInt16BE(200, at + 2),
      (at: number, b: Buffer) => b.writeUInt16BE(10, at + 2),
      (at: number, b: Buffer) => (b[at] = 0x44),
      (at: number, b: Buffer) => (b[at] = 0x65),
    ];
    for (const change of cases) expect(packetOf(frame(change))).toBeUndefined();
  });
});

describe('DHCP and DNS', () => {
  it('a lease holds what a client needs', () => {
    const to = readDhcp(dhcpBytes())!;
    const lease = { ip: 10, mask: 0xffffff00, router: 1, dns: [2, 3], mtu: 9001, hostName: 'a', domain: 'b.c' };
    const text = writeDhcp({ kind: 5, to, server: 1, lease }).toString('hex');
    expect(text).toContain('1a022329');
    expect(text).toContain('3304ffffffff');
    expect(text).toContain('0c0161');
    expect(text).toContain('060800000002' + '00000003');
  });

  it('a query is answered in its own words', () => {
    const query = readQuery(Buffer.from('abcd010000010000000000000249500361626300000c0001', 'hex'))!;
    expect(query).toMatchObject({ id: 0xabcd, name: 'ip.abc', type: 12, inet: true, recursionDesired: true });
    const answer = writeAnswer(query, 0, [{ type: 12, name: 'x.y' }], 60);
    expect(answer.toString('hex')).toBe(
      'abcd8180000100010000000002495003616263' +
        '00000c0001' +
        'c00c000c0001' +
        '0000003c' +
        '0005' +
        '01780179' +
        '00',
    );
    expect(truncated(answer, query).toString('hex')).toBe('abcd8380000100000000000002495003616263' + '00000c0001');
  });
});
