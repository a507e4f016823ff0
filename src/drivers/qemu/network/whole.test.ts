import { describe, expect, it } from 'vitest';
import type { RuleSpec } from '../../../ports/networks.ts';
import { homeOf } from './home.ts';
import { networkOf, type Present, type Whole } from './whole.ts';

const zones = ['lab-1a', 'lab-1c'];
const home = (account: string) => homeOf('lab-1', account, zones);
const mine = home('000000000001');

const machine = (n: number, more: Partial<Present> = {}, nic: object = {}): Present => ({
  ...{ id: `i-${n}`, account: '000000000001', hostName: `ip-${n}` },
  interfaces: [
    { id: `eni-${n}`, privateIp: `172.31.0.${n}`, mac: '02:00:00:00:00:01', subnet: mine.subnets[0]!.id, ...nic },
  ],
  ...more,
});
const network = (over: Partial<Whole>) =>
  networkOf({
    ...{ machines: [], groups: new Map(), addresses: [], homeOf: home, domain: 'lab', metadata: '/metadata' },
    wireOf: (id, eni) => `/${id}/${eni}`,
    ...over,
  });
const rulesOf = (...rules: readonly RuleSpec[]) => {
  const spec = { vpc: mine.id, name: 'a', description: 'a', isDefault: false, isNew: true, rules };
  return network({ groups: new Map([['sg-1', spec]]) }).groups[0]!.rules;
};

describe('an account’s home', () => {
  it('is the same for ever, another for each account and region, with a subnet a zone', () => {
    expect(home('000000000001')).toEqual(mine);
    expect(mine.subnets.map(({ zone, cidr }) => `${zone} ${cidr}`)).toEqual([
      'lab-1a 172.31.0.0/20',
      'lab-1c 172.31.32.0/20',
    ]);
    const ids = [mine, home('000000000002'), homeOf('lab-2', '000000000001', zones)].flatMap((one) => [
      one.id,
      ...one.subnets.map(({ id }) => id),
    ]);
    expect(new Set(ids).size).toBe(9);
    for (const id of ids) expect(id).toMatch(/^(vpc|subnet)-[0-9a-f]{17}$/);
  });

  it('does not move a zone’s subnet when another zone comes, and has none where there is no room', () => {
    const more = homeOf('lab-1', '000000000001', ['lab-1a', 'lab-1b', 'lab-1c', 'lab-1z']);
    expect(more.subnets.filter(({ zone }) => zones.includes(zone))).toEqual(mine.subnets);
    expect(more.subnets.map(({ zone }) => zone)).toEqual(['lab-1a', 'lab-1b', 'lab-1c']);
  });
});

describe('the network of the records', () => {
  it('says which interfaces carry the traffic of others, and how far tokens may go', () => {
    const { ports } = network({
      machines: [machine(5), machine(6, { tokenHops: 2 }, { sourceDestCheck: false })],
    });
    expect(ports.map(({ sourceDestCheck, tokenHops }) => [sourceDestCheck, tokenHops])).toEqual([
      [true, undefined],
      [false, 2],
    ]);
  });

  it('has a port for each interface, in its account’s VPC', () => {
    const theirs = home('000000000002');
    const made = network({
      machines: [
        machine(5, {}, { secondaryIps: ['172.31.0.6'], groups: ['sg-1'] }),
        machine(7, { account: '000000000002' }, { subnet: theirs.subnets[0]!.id }),
      ],
    });
    expect(made.vpcs.map(({ id }) => id)).toEqual([mine.id, theirs.id]);
    expect(made.ports).toMatchObject([
      {
        id: 'eni-5',
        machine: 'i-5',
        vpc: mine.id,
        privateIps: ['172.31.0.5', '172.31.0.6'],
        groups: ['sg-1'],
        wire: '/i-5/eni-5',
      },
      { id: 'eni-7', vpc: theirs.id, groups: [], metadata: '/metadata' },
    ]);
  });

  it('leaves out interfaces in subnets of others, and machines of nobody', () => {
    const strange = machine(8, {}, { subnet: home('000000000002').subnets[0]!.id });
    expect(network({ machines: [strange, machine(9, { account: undefined })] }).ports).toEqual([]);
  });

  it('puts an Elastic IP over an automatic address, and none where no port is', () => {
    const machines = [
      machine(5, {}, { publicIp: '127.9.0.1', secondaryIps: ['172.31.0.6'] }),
      machine(7, {}, { publicIp: '127.9.0.2' }),
    ];
    const at = (publicIp: string, port: string, privateIp: string) => ({ publicIp, at: { port, privateIp } });
    const elastic = (publicIp: string, of: string, privateIp: string) => ({
      publicIp,
      association: { interface: of, privateIp },
    });
    const addresses = [
      elastic('127.9.128.1', 'eni-5', '172.31.0.5'),
      elastic('127.9.128.2', 'eni-5', '172.31.0.6'),
      elastic('127.9.128.3', 'eni-6', '172.31.0.9'),
      { publicIp: '127.9.128.4' },
    ];
    expect(network({ machines, addresses }).addresses).toEqual([
      at('127.9.128.1', 'eni-5', '172.31.0.5'),
      at('127.9.0.2', 'eni-7', '172.31.0.7'),
      at('127.9.128.2', 'eni-5', '172.31.0.6'),
    ]);
  });

  it('reads protocols by name and number; a rule for IPv6 alone lets nothing pass', () => {
    const to = { direction: 'ingress', cidr4: '10.0.0.0/8' } as const;
    expect(
      rulesOf({ ...to, protocol: 'tcp', from: 22, to: 23 }, { ...to, protocol: '-1' }, { ...to, protocol: '47' }),
    ).toEqual([
      { direction: 'ingress', protocol: 6, from: 22, to: 23, cidr: '10.0.0.0/8' },
      { direction: 'ingress', protocol: -1, from: -1, to: -1, cidr: '10.0.0.0/8' },
      { direction: 'ingress', protocol: 47, from: -1, to: -1, cidr: '10.0.0.0/8' },
    ]);
    expect(rulesOf({ direction: 'egress', protocol: '-1', cidr6: '::/0' })).toEqual([]);
    expect(rulesOf({ direction: 'egress', protocol: 'icmp', from: 8, to: 0, group: 'sg-2' })).toEqual([
      { direction: 'egress', protocol: 1, from: 8, to: 0, group: 'sg-2' },
    ]);
  });
});
