import { isIPv6 } from 'node:net';

/** The eight 16-bit groups of an IPv6 address. */
function groupsOf(ip: string): readonly number[] {
  // The URL parser writes every IPv6 address, also one that ends in a dotted IPv4 address, in the compressed form.
  const [left = '', right] = new URL(`http://[${ip}]/`).hostname.slice(1, -1).split('::');
  const numbers = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const head = numbers(left);
  const tail = numbers(right ?? '');
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/**
 * The canonical text of an IPv6 CIDR block: compressed, lower case, host bits dropped (`2001:db8::1/32` gives
 * `2001:db8::/32`); undefined where the text is none.
 */
export function canonicalCidr6(text: string): string | undefined {
  const [, ip = '', bits = ''] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text) ?? [];
  const prefix = Number(bits);
  if (!isIPv6(ip) || prefix > 128 || String(prefix) !== bits) return undefined;
  const masked = groupsOf(ip).map((group, i) => {
    const kept = Math.min(16, Math.max(0, prefix - 16 * i));
    return (group & (0xffff << (16 - kept)) & 0xffff).toString(16);
  });
  return `${new URL(`http://[${masked.join(':')}]/`).hostname.slice(1, -1)}/${prefix}`;
}
