import type { Ip, Mac } from './addresses.ts';

/** Kinds of DHCP messages (option 53). */
export const dhcpKinds = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

/** What a client asks. */
export interface DhcpRequest {
  readonly kind: number;
  readonly xid: number;
  readonly flags: number;
  /** The address that it has already. */
  readonly clientIp: Ip;
  readonly mac: Mac;
  /** Option 50. */
  readonly wanted?: Ip | undefined;
  /** Option 54: the server whose offer it takes. */
  readonly server?: Ip | undefined;
}

/** What the server answers; texts are cut to what an option can hold. */
export interface DhcpReply {
  readonly kind: number;
  readonly to: DhcpRequest;
  readonly server: Ip;
  /** Absent in a refusal. */
  readonly lease?: {
    readonly ip: Ip;
    readonly mask: number;
    readonly router: Ip;
    readonly dns: readonly Ip[];
    readonly mtu: number;
    readonly hostName: string;
    readonly domain: string;
  };
}

const cookie = 0x63825363;
const fixed = 240;

/** Reads a client's message; undefined when it is none. */
export function readDhcp(payload: Buffer): DhcpRequest | undefined {
  if (payload.length < fixed || payload[0] !== 1 || payload.readUInt16BE(1) !== 0x0106) return undefined;
  if (payload.readUInt32BE(236) !== cookie) return undefined;
  const options = readOptions(payload);
  const kind = options.get(53);
  if (kind === undefined || kind.length !== 1) return undefined;
  const ipIn = (option: number): Ip | undefined => {
    const value = options.get(option);
    return value?.length === 4 ? value.readUInt32BE(0) : undefined;
  };
  return {
    kind: kind[0]!,
    xid: payload.readUInt32BE(4),
    flags: payload.readUInt16BE(10),
    clientIp: payload.readUInt32BE(12),
    mac: payload.readUIntBE(28, 6),
    wanted: ipIn(50),
    server: ipIn(54),
  };
}

function readOptions(payload: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = fixed; at < payload.length; ) {
    const option = payload[at]!;
    if (option === 255) break;
    if (option === 0) {
      at += 1;
      continue;
    }
    const end = at + 2 + (payload[at + 1] ?? 256);
    if (end > payload.length) break;
    found.set(option, payload.subarray(at + 2, end));
    at = end;
  }
  return found;
}

const four = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => void bytes.writeUInt32BE(value >>> 0, 4 * at));
  return bytes;
};

const option = (code: number, value: Buffer): Buffer => {
  const cut = value.subarray(0, 255);
  return Buffer.concat([Buffer.from([code, cut.length]), cut]);
};

/** Writes the server's message. A lease is for ever. */
export function writeDhcp({ kind, to, server, lease }: DhcpReply): Buffer {
  const head = Buffer.alloc(fixed);
  head.set([2, 1, 6, 0]);
  head.writeUInt32BE(to.xid, 4);
  head.writeUInt16BE(to.flags, 10);
  head.writeUInt32BE(kind === dhcpKinds.nak ? 0 : to.clientIp, 12);
  head.writeUInt32BE(lease !== undefined && to.kind !== dhcpKinds.inform ? lease.ip : 0, 16);
  head.writeUIntBE(to.mac, 28, 6);
  head.writeUInt32BE(cookie, 236);
  const options = [option(53, Buffer.from([kind])), option(54, four(server))];
  if (lease !== undefined) {
    const mtu = Buffer.alloc(2);
    mtu.writeUInt16BE(lease.mtu);
    // RFC 2131, 4.3.5: an answer to INFORM has no lease time.
    if (to.kind !== dhcpKinds.inform) options.push(option(51, four(0xffffffff)));
    options.push(option(1, four(lease.mask)), option(28, four(lease.ip | ~lease.mask)), option(3, four(lease.router)));
    options.push(option(6, four(...lease.dns)), option(26, mtu));
    if (lease.hostName !== '') options.push(option(12, Buffer.from(lease.hostName)));
    if (lease.domain !== '') options.push(option(15, Buffer.from(lease.domain)));
  }
  const message = Buffer.concat([head, ...options, Buffer.from([255])]);
  // Old clients expect at least the size of a BOOTP message.
  return message.length >= 300 ? message : Buffer.concat([message, Buffer.alloc(300 - message.length)]);
}
