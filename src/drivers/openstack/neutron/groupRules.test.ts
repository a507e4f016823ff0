import { describe, expect, it } from 'vitest';
import type { RuleSpec } from '../../../ports/networks.ts';
import { idOf } from '../ids.ts';
import type { SecurityGroupRule } from '../rest/neutron.ts';
import { keyOf, rulesOf, shownRules } from './groupRules.ts';

const nativeOf = (group: string) => `native-${group}`;
const groupOf = (native: string) => native.replace('native-', '');
const ingress = (rest: Partial<RuleSpec>): RuleSpec => ({ direction: 'ingress', protocol: 'tcp', ...rest });
const any4 = { cidr4: '0.0.0.0/0' };

let numbered = 0;
const native = (rest: Partial<SecurityGroupRule>): SecurityGroupRule => ({
  ...{ id: `rule-${++numbered}`, project_id: 'p', security_group_id: 'g', direction: 'ingress', ethertype: 'IPv4' },
  ...{ protocol: null, port_range_min: null, port_range_max: null, remote_ip_prefix: null, remote_group_id: null },
  ...rest,
});
const shown = (rules: readonly SecurityGroupRule[], known: readonly RuleSpec[] = []) =>
  shownRules(rules, known, nativeOf, groupOf).map(({ id: _, direction: __, ...rule }) => rule);

describe('a rule of EC2’s, in Neutron’s words', () => {
  const said = (rule: Partial<RuleSpec>) =>
    rulesOf(ingress(rule), nativeOf).map((one) => [
      one.ethertype,
      one.protocol,
      one.port_range_min,
      one.port_range_max,
    ]);
  it.each([
    [{ protocol: '-1', ...any4 }, [['IPv4', null, null, null]]],
    [{ from: 22, to: 23, cidr6: '::/0' }, [['IPv6', 'tcp', 22, 23]]],
    // Neutron knows no port 0, and no range of all ports.
    [{ from: 0, to: 9, ...any4 }, [['IPv4', 'tcp', 1, 9]]],
    [{ from: 0, to: 65_535, ...any4 }, [['IPv4', 'tcp', null, null]]],
    [{ from: 1, to: 65_535, ...any4 }, [['IPv4', 'tcp', null, null]]],
    [{ protocol: 'icmp', from: -1, to: -1, ...any4 }, [['IPv4', 'icmp', null, null]]],
    [{ protocol: 'icmp', from: 8, to: -1, ...any4 }, [['IPv4', 'icmp', 8, null]]],
    [{ protocol: 'icmp', from: 0, to: 0, ...any4 }, [['IPv4', 'icmp', 0, 0]]],
    [{ protocol: 'icmpv6', from: 128, to: 0, cidr6: '::/0' }, [['IPv6', 'ipv6-icmp', 128, 0]]],
    [{ protocol: '50', ...any4 }, [['IPv4', '50', null, null]]],
    [{ protocol: '132', from: 5, to: 6, ...any4 }, [['IPv4', '132', 5, 6]]],
    // A group is of both versions of IP; ICMP of one.
    [
      { from: 22, to: 22, group: 'sg-1' },
      [
        ['IPv4', 'tcp', 22, 22],
        ['IPv6', 'tcp', 22, 22],
      ],
    ],
    [{ protocol: 'icmp', from: -1, to: -1, group: 'sg-1' }, [['IPv4', 'icmp', null, null]]],
    [{ protocol: 'icmpv6', from: -1, to: -1, group: 'sg-1' }, [['IPv6', 'ipv6-icmp', null, null]]],
    [{ protocol: '43', group: 'sg-1' }, [['IPv6', '43', null, null]]],
    [{ protocol: '41', cidr6: '::/0' }, [['IPv6', '41', null, null]]],
  ] as const)('%j', (rule, wanted) => expect(said(rule)).toEqual(wanted));

  it.each([
    [{ from: 0, to: 0, ...any4 }],
    [{ protocol: 'icmp', from: -1, to: -1, cidr6: '::/0' }],
    [{ protocol: 'icmpv6', from: -1, to: -1, ...any4 }],
    ...(['41', '43', '44', '59', '60'] as const).map((protocol) => [{ protocol, ...any4 }] as const),
  ] as const)('%j cannot be said', (rule) => {
    expect(() => said(rule)).toThrowError(expect.objectContaining({ trouble: 'unsupported' }));
  });
});

describe('a rule of Neutron’s, in EC2’s words', () => {
  it.each([
    [{}, { protocol: '-1', ...any4 }],
    [{ ethertype: 'IPv6' }, { protocol: '-1', cidr6: '::/0' }],
    [{ protocol: 'tcp' }, { protocol: 'tcp', from: 0, to: 65_535, ...any4 }],
    [
      { protocol: '6', port_range_min: 22, port_range_max: 22 },
      { protocol: 'tcp', from: 22, to: 22, ...any4 },
    ],
    [
      { protocol: 'icmp', port_range_min: 8 },
      { protocol: 'icmp', from: 8, to: -1, ...any4 },
    ],
    [
      { protocol: 'icmp', ethertype: 'IPv6' },
      { protocol: 'icmpv6', from: -1, to: -1, cidr6: '::/0' },
    ],
    [{ protocol: 'esp' }, { protocol: '50', ...any4 }],
    [
      { protocol: 'sctp', port_range_min: 5, port_range_max: 6 },
      { protocol: '132', from: 5, to: 6, ...any4 },
    ],
    [
      { remote_ip_prefix: '10.0.0.5/24', normalized_cidr: '10.0.0.0/24', description: 'lab' },
      { protocol: '-1', cidr4: '10.0.0.0/24', description: 'lab' },
    ],
    [{ remote_group_id: 'native-sg-1' }, { protocol: '-1', group: 'sg-1' }],
  ] as const)('%j', (rule, wanted) => expect(shown([native(rule)])).toEqual([wanted]));

  it('is one for a group, where two differ in the version of IP alone', () => {
    const pair = (['IPv4', 'IPv6'] as const).map((ethertype) => native({ ethertype, remote_group_id: 'native-sg-1' }));
    expect(shown(pair)).toEqual([{ protocol: '-1', group: 'sg-1' }]);
  });

  it('is not shown where it is about an address group', () => {
    expect(shown([native({ remote_address_group_id: 'a' })])).toEqual([]);
  });

  it('comes back as it was asked for, with an id that stays', () => {
    const asked = ingress({ from: 0, to: 9, ...any4, description: 'low' });
    const there = native({ protocol: 'tcp', port_range_min: 1, port_range_max: 9, remote_ip_prefix: '0.0.0.0/0' });
    expect(shownRules([there], [asked], nativeOf, groupOf)).toEqual([{ ...asked, id: idOf('sgr', there.id) }]);
    // What was asked for and is there no more is not shown.
    expect(shown([], [asked])).toEqual([]);
  });
});

it('rules with one key are the same to Neutron', () => {
  const key = (rest: Partial<SecurityGroupRule>) => keyOf(native(rest));
  expect(key({ remote_ip_prefix: '0.0.0.0/0' })).toBe(key({}));
  expect(key({ protocol: '17' })).toBe(key({ protocol: 'udp' }));
  expect(key({ ethertype: 'IPv6', remote_ip_prefix: '2001:DB8::/32' })).toBe(
    key({ ethertype: 'IPv6', remote_ip_prefix: '2001:db8::/32' }),
  );
  expect(key({ ethertype: 'IPv6', protocol: 'icmp' })).toBe(key({ ethertype: 'IPv6', protocol: 'ipv6-icmp' }));
  expect(key({ ethertype: 'IPv6' })).not.toBe(key({}));
  expect(key({ direction: 'egress' })).not.toBe(key({}));
});
