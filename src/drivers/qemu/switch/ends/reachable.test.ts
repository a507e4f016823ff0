import { describe, expect, it } from 'vitest';
import type { GroupRule } from '../../network/plane.ts';
import { compileRule } from '../core/rules.ts';
import { commonPorts, mostPorts, portsOf } from './reachable.ts';

const rule = (over: Partial<GroupRule>) =>
  compileRule({ direction: 'ingress', protocol: 6, from: 22, to: 22, cidr: '0.0.0.0/0', ...over });

describe('ports of a public address', () => {
  it('are those that a group lets in by TCP, from addresses', () => {
    const { cidr: _none, ...byGroup } = { ...rule({ from: 5, to: 5 }), group: 'sg-2' };
    const rules = [
      ...[rule({}), rule({ from: 80, to: 82 }), rule({ protocol: 17, from: 53, to: 53 })],
      ...[rule({ direction: 'egress', from: 9, to: 9 }), { ...byGroup, cidr: undefined }],
    ];
    expect(portsOf(rules)).toEqual([22, 80, 81, 82]);
  });

  it('of wide rules, those in common use; few ports first, and so many at most', () => {
    expect(portsOf([rule({ protocol: -1, from: -1, to: -1 })])).toEqual(commonPorts.slice(0, mostPorts));
    expect(portsOf([rule({ from: 8_000, to: 9_000 }), rule({ from: 8_123, to: 8_123 })])[0]).toBe(8_123);
    const many = Array.from({ length: 100 }, (_, at) => rule({ from: 1_000 + at, to: 1_000 + at }));
    expect(portsOf(many)).toHaveLength(mostPorts);
  });
});
