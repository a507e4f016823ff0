import { describe, expect, it } from 'vitest';
import { networkOf, port } from '../core/fabric.fixture.ts';
import { compileTopology } from '../core/topology.ts';
import { readQuery } from '../packets/dns.ts';
import { answerName } from './names.ts';

const ports = [
  port('10.0.0.10', { hostName: 'ip-10-0-0-10', privateIps: ['10.0.0.10', '10.0.0.20'] }),
  port('10.0.0.11', { hostName: 'Web.example' }),
];
const vpc = compileTopology(networkOf({ ports })).vpcs.get('vpc-1')!;

function ask(name: string, type = 1) {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const head = Buffer.from('00070100000100000000' + '0000', 'hex');
  const query = readQuery(Buffer.concat([head, ...labels, Buffer.from([0, 0, type, 0, 1])]))!;
  const answer = answerName(vpc, query);
  if (answer === undefined) return 'forwarded';
  return { code: answer.readUInt16BE(2) & 15, records: answer.readUInt16BE(6), end: answer.subarray(-4).join('.') };
}

describe('names of a VPC', () => {
  it.each([
    ['ip-10-0-0-10.lab', '10.0.0.10'],
    ['IP-10-0-0-20.LAB', '10.0.0.20'],
    ['web.example', '10.0.0.11'],
  ])('%s is %s', (name, ip) => expect(ask(name)).toEqual({ code: 0, records: 1, end: ip }));

  it('addresses have their names back', () => {
    const back = (name: string) => Buffer.from(name.split('.').at(-1)!).subarray(-3).join('.');
    expect(ask('11.0.0.10.in-addr.arpa', 12)).toMatchObject({ code: 0, records: 1, end: `${back('web.ple')}.0` });
    expect(ask('20.0.0.10.in-addr.arpa', 12)).toMatchObject({ code: 0, records: 1, end: `${back('lab')}.0` });
    expect(ask('99.0.0.10.in-addr.arpa', 12)).toMatchObject({ code: 3, records: 0 });
    expect(ask('1.113.0.203.in-addr.arpa', 12)).toBe('forwarded');
  });

  it('a name without an IPv6 address is there, one of nobody is not, others are the world’s', () => {
    expect(ask('ip-10-0-0-10.lab', 28)).toMatchObject({ code: 0, records: 0 });
    expect(ask('ip-10-0-0-77.lab')).toMatchObject({ code: 3, records: 0 });
    expect(ask('ip-999-0-0-1.lab')).toMatchObject({ code: 3, records: 0 });
    expect(ask('lab')).toMatchObject({ code: 0, records: 0 });
    expect(ask('debian.org')).toBe('forwarded');
    expect(ask('notlab')).toBe('forwarded');
  });
});
