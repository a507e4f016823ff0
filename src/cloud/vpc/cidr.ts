/** A block of IPv4 addresses. Addresses are numbers from 0 to 2^32 - 1. */
export interface Cidr4 {
  /** The network address; host bits of what was read are dropped. */
  readonly network: number;
  /** 0–32. */
  readonly prefix: number;
  /** How many addresses it has. */
  readonly size: number;
}

/** The number of a dotted IPv4 address; undefined where the text is none (leading zeros are refused). */
export function readIp4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (parts === undefined || parts.some((part) => Number(part) > 255 || String(Number(part)) !== part))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The dotted text of an address. */
export const ip4Text = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

/** A CIDR block from its text (`10.0.0.0/16`); undefined where the text is none. */
export function readCidr4(text: string): Cidr4 | undefined {
  const [, ip = '', bits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = readIp4(ip);
  const prefix = Number(bits);
  if (address === undefined || prefix > 32 || String(prefix) !== bits) return undefined;
  const size = 2 ** (32 - prefix);
  return { network: Math.floor(address / size) * size, prefix, size };
}

/** The canonical text of a block. */
export const cidr4Text = ({ network, prefix }: Cidr4): string => `${ip4Text(network)}/${prefix}`;
