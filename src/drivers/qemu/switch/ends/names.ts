import type { VpcTable } from '../core/topology.ts';
import { type Ip, inside, ipOf, ipText } from '../packets/addresses.ts';
import { type DnsQuery, type DnsRecord, dnsCodes, dnsTypes, writeAnswer } from '../packets/dns.ts';

const ttl = 60;
const reversed = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/;
const dashed = /^ip-(\d+)-(\d+)-(\d+)-(\d+)$/;

/** The answer of a VPC's own names; undefined: the name is for the world's resolvers. */
export function answerName(vpc: VpcTable, query: DnsQuery): Buffer | undefined {
  if (!query.inet) return undefined;
  const backwards = reversed.exec(query.name);
  if (backwards !== null) return answerReverse(vpc, query, ipOf(backwards.slice(1).reverse().join('.')));
  const ip = addressOf(vpc, query.name);
  if (ip === undefined) {
    const ours = vpc.domain !== '' && (query.name === vpc.domain || query.name.endsWith(`.${vpc.domain}`));
    return ours
      ? writeAnswer(query, query.name === vpc.domain ? dnsCodes.ok : dnsCodes.noSuchName, [], ttl)
      : undefined;
  }
  const wanted = query.type === dnsTypes.a || query.type === dnsTypes.any;
  // A name that is there and has no record of the type, such as an IPv6 address, is no error.
  return writeAnswer(query, dnsCodes.ok, wanted ? [{ type: dnsTypes.a, ip }] : [], ttl);
}

function answerReverse(vpc: VpcTable, query: DnsQuery, ip: Ip | undefined): Buffer | undefined {
  if (ip === undefined || !vpc.cidrs.some((cidr) => inside(cidr, ip))) return undefined;
  const owner = vpc.owners.get(ip);
  if (owner === undefined) return writeAnswer(query, dnsCodes.noSuchName, [], ttl);
  const primary = owner.ips[0] === ip && owner.spec.hostName !== '';
  const name = primary ? fullName(vpc, owner.spec.hostName) : fullName(vpc, `ip-${ipText(ip).replaceAll('.', '-')}`);
  const wanted = query.type === dnsTypes.ptr || query.type === dnsTypes.any;
  const records: readonly DnsRecord[] = wanted ? [{ type: dnsTypes.ptr, name }] : [];
  return writeAnswer(query, dnsCodes.ok, records, ttl);
}

/** The address behind a host name, or behind a name made of an address that somebody in the VPC has. */
function addressOf(vpc: VpcTable, name: string): Ip | undefined {
  const [host = ''] = name.split('.');
  const parts = name === fullName(vpc, host) ? dashed.exec(host) : null;
  const named = parts === null ? undefined : ipOf(parts.slice(1).join('.'));
  if (named !== undefined && vpc.owners.has(named)) return named;
  for (const { spec, ips } of vpc.owners.values())
    if (spec.hostName !== '' && fullName(vpc, spec.hostName) === name) return ips[0];
  return undefined;
}

/** A host name with the VPC's domain, unless it has a domain of its own. */
const fullName = ({ domain }: VpcTable, hostName: string): string =>
  (hostName.includes('.') || domain === '' ? hostName : `${hostName}.${domain}`).toLowerCase();
