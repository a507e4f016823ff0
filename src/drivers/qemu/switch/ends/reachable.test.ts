import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { GroupRule } from '../../network/plane.ts';
import { compileRule } from '../core/rules.ts';
import { commonPorts, mostPorts, portsOf } from './reachable.ts';

const rule = (over: Partial<GroupRule>) =>
  compileRule({ direction: 'ingress', protocol: 6, from: 22, to: 22, cidr: '0.0.0.0/0', ...over });

describe('ports of a public address', () => {
  it('are those that a group lets in by the protocol, from addresses', () => {
    const { cidr: _none, ...byGroup } = { ...rule({ from: 5, to: 5 }), group: 'sg-2' };
    const rules = [
      ...[rule({}), rule({ from: 80, to: 82 }), rule({ protocol: 17, from: 53, to: 54 })],
      ...[rule({ direction: 'egress', from: 9, to: 9 }), { ...byGroup, cidr: undefined }],
    ];
    expect([portsOf(rules, 'tcp'), portsOf(rules, 'udp')]).toEqual([
      [22, 80, 81, 82],
      [53, 54],
    ]);
  });

  it('are all of a rule of so many, and of wider ones those in common use', () => {
    const range = (from: number, count: number) => portsOf([rule({ from, to: from + count - 1 })], 'tcp');
    expect(range(30_000, mostPorts)).toEqual(Array.from({ length: mostPorts }, (_, at) => 30_000 + at));
    expect(range(8_000, mostPorts + 1)).toEqual([8_000, 8_080, 8_081, 8_443, 8_888, 9_000]);
    const all = [rule({ protocol: -1, from: -1, to: -1 })];
    expect([portsOf(all, 'tcp'), portsOf(all, 'udp')]).toEqual([commonPorts.tcp, commonPorts.udp]);
    expect(portsOf([rule({ from: 0, to: 0xffff })], 'tcp')).toEqual(commonPorts.tcp);
  });

  it('are so many at most, of rules with few ports first', () => {
    const wide = Array.from({ length: 3 }, (_, at) => rule({ from: 10_000 * (at + 1), to: 10_000 * (at + 1) + 499 }));
    const ports = portsOf([...wide, rule({ from: 40_000, to: 40_000 })], 'tcp');
    expect([ports.length, ports[0], ports[1], ports.at(-1)]).toEqual([mostPorts, 40_000, 10_000, 30_022]);
  });

  it('are in the guide', () => {
    const guide = readFileSync('docs/guides/real-machines.md', 'utf8').replaceAll(/\s+/g, ' ');
    for (const ports of Object.values(commonPorts)) expect(guide).toContain(`${ports.join(', ')}.`);
    expect(guide).toContain(`a rule of at most ${mostPorts.toLocaleString('en')}`);
  });
});
