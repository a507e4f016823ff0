import { fail } from '../../../kernel/errors.ts';

/** What a rule says of the packets it lets through. */
export interface Traffic {
  readonly protocol: string;
  readonly from?: number;
  readonly to?: number;
}

/** Numbers that EC2 shows by name (IANA). */
const named: Readonly<Record<string, string>> = { all: '-1', '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6' };

/** A protocol in the spelling in which EC2 shows it: `-1`, `tcp`, `udp`, `icmp`, `icmpv6` or a number. */
export function readProtocol(text: string): string {
  const lower = text.toLowerCase();
  const name = Object.hasOwn(named, lower) ? named[lower]! : lower;
  if (['-1', 'tcp', 'udp', 'icmp', 'icmpv6'].includes(name)) return name;
  if (/^\d{1,3}$/.test(name) && Number(name) <= 255) {
    const number = String(Number(name));
    return Object.hasOwn(named, number) ? named[number]! : number;
  }
  return fail('InvalidParameterValue', `Invalid value '${text}' for IP protocol. Unknown protocol.`);
}

/** Checks ports and ICMP types as EC2 does. Protocols without ports lose what was said of them. */
export function readTraffic(text: string, from: number | undefined, to: number | undefined): Traffic {
  const protocol = readProtocol(text);
  if (protocol === 'tcp' || protocol === 'udp') return { protocol, ...ports(from, to) };
  if (protocol === 'icmp' || protocol === 'icmpv6') return { protocol, ...icmp(protocol, from, to) };
  return { protocol };
}

function ports(from: number | undefined, to: number | undefined) {
  if (from === undefined || to === undefined) {
    return fail(
      'InvalidParameterValue',
      "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
    );
  }
  for (const port of [from, to]) {
    if (port < 0 || port > 65_535) fail('InvalidParameterValue', `TCP/UDP port (${port}) out of range`);
  }
  if (from > to) fail('InvalidParameterValue', `Invalid TCP/UDP port range (${from}:${to})`);
  return { from, to };
}

/** Type and code, -1 for all; ICMPv6 may leave both out. */
function icmp(protocol: 'icmp' | 'icmpv6', type: number | undefined, code: number | undefined) {
  if (type === undefined && code === undefined && protocol === 'icmpv6') return { from: -1, to: -1 };
  if (type === undefined || code === undefined) {
    return fail('InvalidParameterValue', "Invalid value 'Must specify both type and code with ICMP.' for portRange.");
  }
  if (type < -1 || type > 255) fail('InvalidParameterValue', `ICMP type (${type}) out of range`);
  if (code < -1 || code > 255) fail('InvalidParameterValue', `ICMP code (${code}) out of range`);
  if (type === -1 && code !== -1)
    fail('InvalidParameterValue', `ICMP code (${code}) must be -1 when the ICMP type is -1`);
  return { from: type, to: code };
}
