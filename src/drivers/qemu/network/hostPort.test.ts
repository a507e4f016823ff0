import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RuleSpec } from '../../../ports/networks.ts';
import { createFolders, type Folders } from '../folders.ts';
import { switchFiles } from './control.ts';
import { hostPortOf, hostPortsOf } from './hostPort.ts';
import { keptAddresses, keptGroups } from './kept.ts';
import type { OpenPort } from './plane.ts';

const nic = {
  ...{ id: 'eni-00000001', privateIp: '172.31.0.5', mac: '02:00:00:00:00:01', subnet: 'subnet-1' },
  groups: ['sg-00000001'],
};
const machine = { interfaces: [{ ...nic, publicIp: '127.9.0.1' }] };
let folders: Folders;
let server: Server;
let open: readonly (readonly [string, readonly OpenPort[]])[];

/** A pretended switch: it says what is open, and understands nothing else. */
beforeEach(async () => {
  folders = createFolders(mkdtempSync(join(tmpdir(), 'elsewhere-port-')));
  mkdirSync(folders.network);
  open = [];
  server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('{"version":"another"}\n');
    socket.on('data', (line) => {
      const asked = JSON.parse(line.toString());
      if (asked.do === 'open') socket.write(`${JSON.stringify({ id: asked.id, open })}\n`);
      else socket.destroy();
    });
  });
  server.listen(join(folders.network, switchFiles.control));
  await once(server, 'listening');
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folders.root, { recursive: true });
});

const elastic = (publicIp: string, of = nic.id) =>
  keptAddresses(folders).write(`eipalloc-${publicIp.replaceAll('.', '').padStart(8, '0')}`, {
    publicIp,
    association: { interface: of, privateIp: nic.privateIp },
  });
const rule = (one: Partial<RuleSpec>) =>
  keptGroups(folders).write('sg-00000001', {
    ...{ vpc: 'vpc-1', name: 'a', description: 'a', isDefault: false, isNew: true },
    rules: [{ direction: 'ingress', protocol: 'tcp', from: 22, to: 22, cidr4: '0.0.0.0/0', ...one }],
  });

describe('where this computer reaches a port of a machine', () => {
  it('is where the switch listens for it', async () => {
    open = [
      [
        '127.9.0.1',
        [
          { port: 80, at: 80 },
          { port: 22, at: 10022 },
        ],
      ],
    ];
    expect(await hostPortOf(machine, 22, folders)).toEqual({ address: '127.9.0.1', port: 10022 });
    expect(await hostPortOf(machine, 80, folders)).toEqual({ address: '127.9.0.1', port: 80 });
  });

  it('is at an address of this computer where it does not have the public one', async () => {
    open = [['127.9.0.1', [{ port: 22, at: 31_007, on: '127.0.0.1' }]]];
    const at = { address: '127.0.0.1', port: 31_007 };
    expect(await hostPortOf(machine, 22, folders)).toEqual(at);
    expect(await hostPortsOf(machine, folders)).toEqual([[22, at]]);
  });

  it('is told of all ports that are open', async () => {
    open = [
      ['127.9.0.1', [...[22, 80].map((port) => ({ port, at: port })), { port: 53, at: 10_053, protocol: 'udp' }]],
      ['127.9.0.2', [{ port: 443, at: 443 }]],
    ];
    const all = [22, 80].map((port) => [port, { address: '127.9.0.1', port }]);
    expect(await hostPortsOf(machine, folders)).toEqual([...all, [53, { address: '127.9.0.1', port: 10_053 }, 'udp']]);
    expect(await hostPortsOf({ interfaces: [nic] }, folders)).toBe('no-address');
  });

  it('is at its Elastic IP, which is over an automatic address, and not at those of others', async () => {
    open = ['127.9.0.1', '127.9.128.1', '127.9.128.2'].map((ip) => [ip, [{ port: 22, at: 22 }]] as const);
    await elastic('127.9.128.1');
    await elastic('127.9.128.2', 'eni-00000002');
    expect(await hostPortOf(machine, 22, folders)).toEqual({ address: '127.9.128.1', port: 22 });
    expect(await hostPortOf({ interfaces: [nic] }, 22, folders)).toEqual({ address: '127.9.128.1', port: 22 });
  });

  it('is one of TCP, although UDP has the same', async () => {
    open = [['127.9.0.1', [{ port: 22, at: 10_022, protocol: 'udp' }]]];
    await rule({ protocol: 'udp' });
    expect(await hostPortOf(machine, 22, folders)).toBe('no-rule');
    open = [['127.9.0.1', [...open[0]![1], { port: 22, at: 22 }]]];
    expect(await hostPortOf(machine, 22, folders)).toEqual({ address: '127.9.0.1', port: 22 });
  });

  it('is nowhere without a public address, or without a switch', async () => {
    await elastic('127.9.128.2', 'eni-00000002');
    expect(await hostPortOf({ interfaces: [nic] }, 22, folders)).toBe('no-address');
    await new Promise((resolve) => server.close(resolve));
    expect(await hostPortOf(machine, 22, folders)).toBe('no-switch');
  });

  it('is nowhere where no rule lets the port in from outside', async () => {
    open = [['127.9.0.1', [{ port: 80, at: 80 }]]];
    expect(await hostPortOf(machine, 22, folders)).toBe('no-rule');
    const others: readonly Partial<RuleSpec>[] = [
      ...[{ from: 23, to: 25 }, { protocol: 'udp' }, { direction: 'egress' as const }],
      { cidr4: undefined, group: 'sg-00000001' } as object,
    ];
    for (const one of others) {
      await rule(one);
      expect(await hostPortOf(machine, 22, folders)).toBe('no-rule');
    }
  });

  it.each([{}, { from: 20, to: 30 }, { from: -1, to: -1 }, { protocol: '-1' }, { protocol: '6' }])(
    'is nowhere although a rule (%j) lets it in, where the host does not listen',
    async (one) => {
      await rule(one);
      expect(await hostPortOf(machine, 22, folders)).toBe('not-open');
    },
  );
});
