import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GroupRule, Network } from '../../network/plane.ts';
import { networkOf, openRules, port } from '../core/fabric.fixture.ts';
import { ipText } from '../packets/addresses.ts';
import { type Guest, textFrom } from './guest.fixture.ts';
import { type Lab, openLab } from './lab.fixture.ts';

/** Two in a private subnet behind a gateway; one in a public subnet. */
const [A, B, C] = ['10.0.0.10', '10.0.0.11', '10.0.1.12'] as const;
const [outsideIp, gateway, publicIp] = ['127.83.13.1', '127.83.13.2', '127.83.13.3'] as const;
const own = 41_000;

const letIn = (protocol: number, cidr: string): GroupRule => ({
  ...{ direction: 'ingress', protocol, from: 700, to: 700, cidr },
});
const byGateway = [letIn(6, `${gateway}/32`), letIn(17, `${gateway}/32`)];

let lab: Lab;
let [a, b, c]: Guest[] = [];
const servers: (Server | UdpSocket)[] = [];

function network(rules: readonly GroupRule[]): Network {
  const over = (ip: string) => ({ wire: lab.wireOf(ip) });
  const made = networkOf({
    ports: [port(A, over(A)), port(B, over(B)), port(C, { ...over(C), groups: ['sg-2'] })],
    others: [{ id: 'sg-2', rules: [openRules[0]!, ...rules] }],
    addresses: [{ publicIp, at: { port: 'eni-12', privateIp: C } }, { publicIp: gateway }],
  });
  const out = (to: Network['vpcs'][number]['subnets'][number]['routes'][number]['to']) => [{ cidr: '0.0.0.0/0', to }];
  const [vpc, ...more] = made.vpcs;
  const [inner, outer] = vpc!.subnets;
  const subnets = [
    { ...inner!, routes: out({ kind: 'nat', publicIp: gateway }) },
    { ...outer!, routes: out({ kind: 'internet' }) },
  ];
  return { ...made, vpcs: [{ ...vpc!, subnets }, ...more] };
}

beforeEach(async () => {
  lab = await openLab([A, B, C], outsideIp);
  [a, b, c] = [...lab.guests];
  await lab.up(network(byGateway));
});
afterEach(() => {
  lab.close();
  for (const server of servers.splice(0)) server.close();
});

/** Says it, and gives all that comes back. */
const talk = (stream: Duplex, words: string): Promise<string> => {
  stream.end(words);
  return textFrom(stream);
};

describe('to outside', () => {
  it('TCP goes out and its answers come back, of two machines with the same port each its own', async () => {
    const came: (number | undefined)[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
      came.push(socket.remotePort);
      socket.pipe(socket);
    }).listen(0, outsideIp);
    servers.push(server);
    await once(server, 'listening');
    const { port: at } = server.address() as AddressInfo;
    const words = [a!, b!].map((_, n) => `${n} `.repeat(200_000));
    const both = [a!, b!].map((guest, n) => talk(guest.connect(outsideIp, at, own), words[n]!));
    expect((await Promise.all(both)).map((text, n) => text === words[n])).toEqual([true, true]);
    expect(new Set(came).size).toBe(2);
  });

  it('UDP goes out and its answers come back, each to who asked, and nothing that nobody asked for', async () => {
    const [server, stranger] = [createSocket('udp4'), createSocket('udp4')];
    servers.push(server, stranger);
    for (const one of [server, stranger]) {
      one.bind(0, outsideIp);
      await once(one, 'listening');
    }
    server.on('message', (message, { port: to, address }) => {
      stranger.send('from a stranger', to, address, () => server.send(`heard ${message}`, to, address));
    });
    const at = server.address().port;
    const answers = await Promise.all(
      [a!, b!].map(async (guest, n) => String(await guest.ask(outsideIp, at, Buffer.from(`machine ${n}`), own))),
    );
    expect(answers).toEqual(['heard machine 0', 'heard machine 1']);
    for (const [n, guest] of [a!, b!].entries())
      expect(guest.datagrams).toEqual([{ from: `${outsideIp}:${at}`, to: own, text: `heard machine ${n}` }]);
  });
});

describe('to a machine at its public address', () => {
  it('TCP comes from the gateway, of two machines with the same port as two', async () => {
    const from: string[] = [];
    c!.serve(700, (stream, { localIp, localPort }) => {
      from.push(`${ipText(localIp)}:${localPort}`);
      stream.pipe(stream);
    });
    const words = [a!, b!].map((_, n) => `${n} `.repeat(200_000));
    const both = [a!, b!].map((guest, n) => talk(guest.connect(publicIp, 700, own), words[n]!));
    expect((await Promise.all(both)).map((text, n) => text === words[n])).toEqual([true, true]);
    expect(from.sort()).toEqual([`${gateway}:${own}`, `${gateway}:${own + 1}`]);
  });

  it('UDP comes from the gateway, and is answered by the public address, each to who asked', async () => {
    c!.listen(700, (payload) => Buffer.from(`heard ${payload}`));
    const ask = (guest: Guest, words: string) => guest.ask(publicIp, 700, Buffer.from(words), own);
    expect([String(await ask(a!, 'one')), String(await ask(b!, 'two')), String(await ask(a!, 'three'))]).toEqual([
      ...['heard one', 'heard two', 'heard three'],
    ]);
    expect(c!.datagrams).toEqual([
      { from: `${gateway}:${own}`, to: 700, text: 'one' },
      { from: `${gateway}:${own + 1}`, to: 700, text: 'two' },
      { from: `${gateway}:${own}`, to: 700, text: 'three' },
    ]);
    expect(b!.datagrams).toEqual([{ from: `${publicIp}:700`, to: own, text: 'heard two' }]);
  });

  it('its rules are asked about the gateway, and their end is the end', async () => {
    c!.listen(700, (payload) => payload);
    c!.serve(700, (stream) => stream.end('hello'));
    const refused = async () => {
      void a!.ask(publicIp, 700, Buffer.from('refused'));
      expect(await textFrom(a!.connect(publicIp, 700))).toBe('ECONNREFUSED');
    };
    const reached = async () => {
      expect(await textFrom(a!.connect(publicIp, 700))).toBe('hello');
      expect(String(await a!.ask(publicIp, 700, Buffer.from('here')))).toBe('here');
    };
    await lab.up(network([letIn(6, `${A}/32`), letIn(17, `${A}/32`), letIn(6, '10.0.0.0/8')]));
    await refused();
    await lab.up(network(byGateway));
    await reached();
    await lab.up(network([]));
    await refused();
    await lab.up(network(byGateway));
    await reached();
    // Frames come in order: what was refused would have come before.
    expect(c!.datagrams.map(({ text }) => text)).toEqual(['here', 'here']);
  });

  it('nobody reaches who is behind it without being asked', async () => {
    c!.listen(700, (payload) => payload);
    await a!.ask(publicIp, 700, Buffer.from('asked'), own);
    b!.serve(own, (stream) => stream.end('reached'));
    // From another port than was asked, and to another than asked.
    void c!.ask(gateway, own, Buffer.from('unasked'), 701);
    void c!.ask(gateway, own + 1, Buffer.from('unasked'), 700);
    expect(await textFrom(c!.connect(gateway, own))).toBe('ECONNREFUSED');
    expect(lab.board.open().has(gateway)).toBe(false);
    // Behind all that: frames come in order.
    for (const guest of [a!, b!]) await guest.ask(publicIp, 700, Buffer.from('asked'), own);
    expect([a!.datagrams.map(({ text }) => text), b!.datagrams.map(({ text }) => text)]).toEqual([
      ...[['asked', 'asked'], ['asked']],
    ]);
  });
});
