import { describe, expect, it } from 'vitest';
import type { AclRule } from '../../network/plane.ts';
import { datagram, fabric, port } from './fabric.fixture.ts';

const [A, near, C] = ['10.0.0.10', '10.0.0.11', '10.0.1.12'] as const;
const far = '10.0.1.0/24';
const all: AclRule = { allow: true, protocol: -1, cidr: '0.0.0.0/0' };
const udp = (from: number, to = from, over: Partial<AclRule> = {}): AclRule => ({
  ...{ allow: true, protocol: 17, cidr: far, from, to },
  ...over,
});
const ephemeral = udp(1_024, 65_535);

/** The ACL is of A's subnet; C's has none. Groups let everything in that opens a flow to port 7. */
function behind(acl: { readonly ingress: readonly AclRule[]; readonly egress: readonly AclRule[] }) {
  const { say, switch: made } = fabric({ ports: [port(A), port(near), port(C)], acl });
  const passes = (from: string, to: string, dstPort: number, srcPort: number) =>
    say(`eni-${from.split('.')[3]}`, datagram(from, to, dstPort, srcPort)).length === 1;
  return { passes, made };
}

describe('network ACLs', () => {
  it('ask of answers as of all else: their ports have to be let back in', () => {
    const { passes, made } = behind({ egress: [udp(7)], ingress: [ephemeral] });
    expect([passes(A, C, 7, 50_000), passes(C, A, 50_000, 7)]).toEqual([true, true]);
    // The group has this flow open; the ACL knows of none.
    expect([passes(A, C, 7, 1_000), passes(C, A, 1_000, 7)]).toEqual([true, false]);
    expect([made.seen('eni-10')!.received.dropped, made.seen('eni-12')!.received.dropped]).toEqual([0, 1]);
  });

  it('ask of answers that leave, too', () => {
    const shut = behind({ ingress: [udp(7)], egress: [udp(7)] });
    expect([shut.passes(C, A, 7, 50_000), shut.passes(A, C, 50_000, 7)]).toEqual([true, false]);
    const open = behind({ ingress: [udp(7)], egress: [ephemeral] });
    expect([open.passes(C, A, 7, 50_000), open.passes(A, C, 50_000, 7)]).toEqual([true, true]);
  });

  it('are asked in order, and the first rule that fits decides', () => {
    const from = (...ingress: readonly AclRule[]) => behind({ ingress, egress: [all] }).passes(C, A, 7, 50_000);
    const denied = udp(7, 7, { allow: false, cidr: `${C}/32` });
    expect([from(denied, all), from(all, denied), from(udp(8), denied, all)]).toEqual([false, true, false]);
    expect([
      from(udp(7, 7, { cidr: '10.0.1.13/32', allow: false }), all),
      from({ ...denied, protocol: 6 }, all),
    ]).toEqual([true, true]);
  });

  it('deny what no rule fits, and are not asked inside a subnet', () => {
    const { passes } = behind({ ingress: [], egress: [] });
    expect([passes(C, A, 7, 50_000), passes(A, C, 7, 50_000), passes(A, near, 7, 50_000)]).toEqual([
      false,
      false,
      true,
    ]);
  });
});
