/** An IPv4 address as an unsigned 32-bit number. */
export type Ip = number;
/** A MAC address as a 48-bit number. */
export type Mac = number;

/** An IPv4 block. `base` has no bits below the prefix. */
export interface Cidr {
  readonly base: Ip;
  readonly prefix: number;
  readonly mask: number;
}

const dotted = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Reads `10.0.0.1`; undefined when it is none. */
export function ipOf(text: string): Ip | undefined {
  const parts = dotted.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Reads an address that is known to be one. */
export function needIp(text: string): Ip {
  const ip = ipOf(text);
  if (ip === undefined) throw new RangeError(`${text} is not an IPv4 address`);
  return ip;
}

/** Writes `10.0.0.1`. */
export const ipText = (ip: Ip): string => `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;

/** Reads `10.0.0.0/16`; bits below the prefix are taken away. */
export function needCidr(text: string): Cidr {
  const [address = '', length = ''] = text.split('/');
  const prefix = /^\d{1,2}$/.test(length) ? Number(length) : 99;
  if (prefix > 32) throw new RangeError(`${text} is not an IPv4 block`);
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return { base: (needIp(address) & mask) >>> 0, prefix, mask };
}

/** Whether an address is in a block. */
export const inside = ({ base, mask }: Cidr, ip: Ip): boolean => (ip & mask) >>> 0 === base;

/** Reads `02:00:00:aa:bb:cc`. */
export function needMac(text: string): Mac {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) throw new RangeError(`${text} is not a MAC address`);
  return Number.parseInt(text.replaceAll(':', ''), 16);
}
