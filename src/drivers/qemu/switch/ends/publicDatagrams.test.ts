import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../../../test/support/log.ts';
import type { GroupRule, Network } from '../../network/plane.ts';
import { networkOf, openRules, port } from '../core/fabric.fixture.ts';
import { compileTopology } from '../core/topology.ts';
import { ipText, needIp } from '../packets/addresses.ts';
import { createDatagramArrivals } from './datagramArrivals.ts';
import { tcpDoor, udpDoor } from './doors.ts';
import { type Lab, openLab } from './lab.fixture.ts';
import { createListeners } from './listeners.ts';
import { hostSeenAs } from './seenAs.ts';

const [A, B] = ['10.0.0.10', '10.0.0.11'] as const;
const [publicIp, other, outsideIp] = ['127.83.14.1', '127.83.14.2', '127.83.14.3'] as const;
const host = ipText(hostSeenAs);
const letIn = (from: number, to = from, over: Partial<GroupRule> = {}): GroupRule => ({
  ...{ direction: 'ingress', protocol: 17, from, to, cidr: '0.0.0.0/0' },
  ...over,
});

let lab: Lab;
const sockets: Socket[] = [];

/** The public address is at the machine with this private one; where that is the second, the first has another. */
const network = (rules: readonly GroupRule[], at: string = A): Network =>
  networkOf({
    ports: [port(A, { wire: lab.wireOf(A) }), port(B, { wire: lab.wireOf(B) })],
    rules: [openRules[0]!, ...rules],
    routes: [{ cidr: '0.0.0.0/0', to: { kind: 'internet' } }],
    addresses: [
      { publicIp, at: { port: `eni-${at.split('.')[3]}`, privateIp: at } },
      ...(at === A ? [] : [{ publicIp: other, at: { port: 'eni-10', privateIp: A } }]),
    ],
  });

/** A program of the host, at a port of its own; with all that it heard. */
async function client(address = '127.0.0.1', at = 0) {
  const socket = createSocket('udp4');
  sockets.push(socket);
  const heard: string[] = [];
  socket.on('message', (text, from) => void heard.push(`${from.address}:${from.port} ${text}`));
  socket.bind(at, address);
  await once(socket, 'listening');
  return {
    heard,
    port: socket.address().port,
    say: (text: string, to: number, ip: string = publicIp) => socket.send(text, to, ip),
    async ask(text: string, to: number, ip: string = publicIp) {
      const answer = once(socket, 'message');
      socket.send(text, to, ip);
      return String((await answer)[0]);
    },
  };
}

beforeEach(async () => {
  lab = await openLab([A, B], outsideIp);
  for (const [n, guest] of lab.guests.entries())
    for (const at of [7_053, 7_054, 53]) guest.listen(at, (payload) => Buffer.from(`machine ${n}: ${payload}`));
});
afterEach(() => {
  lab.close();
  for (const socket of sockets.splice(0)) socket.close();
});

describe('UDP to a public address', () => {
  it('reaches the machine where its groups let somebody in, and its answers come back from there to who asked', async () => {
    await lab.up(network([letIn(7_053)]));
    expect(lab.board.open()).toEqual(new Map([[publicIp, [{ port: 7_053, at: 7_053, protocol: 'udp' }]]]));
    const [one, two] = [await client(), await client()];
    expect(await Promise.all([one.ask('one', 7_053), two.ask('two', 7_053)])).toEqual([
      ...['machine 0: one', 'machine 0: two'],
    ]);
    expect([one.heard, two.heard]).toEqual([[`${publicIp}:7053 machine 0: one`], [`${publicIp}:7053 machine 0: two`]]);
    expect(lab.guests[0]!.datagrams.map(({ from }) => from).sort()).toEqual(
      [one, two].map((each) => `${host}:${each.port}`).sort(),
    );
  });

  it('two clients of the host with the same port are two', async () => {
    await lab.up(network([letIn(7_053)]));
    const one = await client('127.0.0.1');
    const two = await client('127.83.14.9', one.port);
    expect([await one.ask('one', 7_053), await two.ask('two', 7_053), await one.ask('again', 7_053)]).toEqual([
      ...['machine 0: one', 'machine 0: two', 'machine 0: again'],
    ]);
    expect(lab.guests[0]!.datagrams.map(({ from }) => from)).toEqual(
      [one.port, one.port === 0xffff ? 1_024 : one.port + 1, one.port].map((seen) => `${host}:${seen}`),
    );
  });

  it('the machine’s rules decide, also about what is open', async () => {
    await lab.up(network([letIn(7_053, 7_053, { cidr: '198.51.100.0/24' }), letIn(7_054)]));
    const one = await client();
    one.say('refused', 7_053);
    expect(await one.ask('let in', 7_054)).toBe('machine 0: let in');
    await lab.up(network([letIn(7_053, 7_053, { cidr: `${host}/32` })]));
    expect(await one.ask('let in', 7_053)).toBe('machine 0: let in');
    expect(lab.guests[0]!.datagrams.map(({ text }) => text)).toEqual(['let in', 'let in']);
    // Rules for TCP, and for groups, open no port for UDP.
    await lab.up(
      network([
        letIn(7_053, 7_053, { protocol: 6 }),
        letIn(7_054, 7_054, { cidr: undefined, group: 'sg-1' } as object),
      ]),
    );
    expect(lab.board.open()).toEqual(new Map([[publicIp, [{ port: 7_053, at: 7_053 }]]]));
  });

  it('nobody is heard who was not asked, and nobody but who asked hears the machine', async () => {
    await lab.up(network([letIn(7_053)]));
    const [one, two] = [await client(), await client()];
    await one.ask('one', 7_053);
    const [guest] = lab.guests;
    // To who asked, from another port; and to who never did.
    void guest!.ask(host, one.port, Buffer.from('unasked'), 7_054);
    void guest!.ask(host, two.port, Buffer.from('unasked'), 7_053);
    expect([await one.ask('two', 7_053), two.heard]).toEqual(['machine 0: two', []]);
    expect(one.heard).toHaveLength(2);
  });

  it('an address that moves on takes new datagrams along, and the machine that had it is heard there no more', async () => {
    await lab.up(network([letIn(7_053)]));
    const one = await client();
    await one.ask('one', 7_053);
    await lab.up(network([letIn(7_053)], B));
    void lab.guests[0]!.ask(host, one.port, Buffer.from('late'), 7_053);
    expect(await one.ask('two', 7_053)).toBe('machine 1: two');
    expect(one.heard.map((text) => text.split(' ').slice(1).join(' '))).toEqual(['machine 0: one', 'machine 1: two']);
  });

  it('what is larger than a frame goes nowhere, and the largest that is not arrives', async () => {
    await lab.up(network([letIn(7_053)]));
    const one = await client();
    one.say('x'.repeat(8_974), 7_053);
    lab.guests[0]!.listen(7_053, (payload) => Buffer.from(`${payload.length}`));
    expect(await one.ask('x'.repeat(8_973), 7_053)).toBe('8973');
    expect(lab.guests[0]!.datagrams).toHaveLength(1);
  });
});

describe('flows that somebody outside opened', () => {
  const time = { now: 0 };
  const sent: Buffer[] = [];
  let says: 'sent' | 'behind' | 'refused' = 'sent';
  const arrivals = () =>
    createDatagramArrivals({
      clock: { now: () => time.now, at: () => ({ cancel: () => undefined }) },
      limits: { mtu: 9_001, endedFlows: 3 },
      mac: () => 0x020000000001,
      send: (frame) => {
        if (says !== 'refused') sent.push(frame);
        return says;
      },
    });
  const heard: string[] = [];
  const named = (name: string, at = 5_000) => ({
    ...{ name, ip: hostSeenAs, port: at },
    answer: (payload: Buffer) => void heard.push(`${name} ${payload}`),
  });
  const to = { ip: needIp(A), port: 7 };
  /** The machine answers to this port. */
  const answers = (made: ReturnType<typeof arrivals>, dstPort: number) =>
    made.receive({ src: to.ip, dst: hostSeenAs }, { srcPort: 7, dstPort, payload: Buffer.from('x') });
  beforeEach(() => {
    [sent.length, heard.length, time.now, says] = [0, 0, 0, 'sent'];
  });

  it('are so many and no more; those that were idle make room', () => {
    const made = arrivals();
    for (const name of ['a', 'b', 'c', 'd']) made.arrive(named(name), to, Buffer.from('x'));
    expect([made.size, sent.length, [5_000, 5_001, 5_002, 5_003].map((at) => answers(made, at))]).toEqual([
      ...[3, 3, [true, true, true, false]],
    ]);
    expect(heard).toEqual(['a x', 'b x', 'c x']);
    // Those that were answered stay longer than those that were not.
    time.now = 30_000;
    made.sweep();
    expect(made.size).toBe(3);
    time.now = 180_000;
    made.sweep();
    expect([made.size, answers(made, 5_000)]).toEqual([0, false]);
    made.arrive(named('d'), to, Buffer.from('x'));
    time.now += 30_000;
    expect([answers(made, 5_000), made.size]).toEqual([false, 0]);
  });

  it('are forgotten when the rules refuse them, and with their port', () => {
    const made = arrivals();
    made.arrive(named('a'), to, Buffer.from('x'));
    says = 'refused';
    made.arrive(named('a'), to, Buffer.from('x'));
    made.arrive(named('b'), to, Buffer.from('x'));
    expect([made.size, answers(made, 5_000)]).toEqual([0, false]);
    says = 'behind';
    made.arrive(named('c'), to, Buffer.from('x'));
    expect(made.size).toBe(1);
    made.close();
    expect([made.size, answers(made, 5_000)]).toEqual([0, false]);
  });
});

describe('listeners of the host', () => {
  const listeners = (most: number) =>
    createListeners({ log: silentLog, most, flows: () => undefined, arrivals: () => undefined });
  const two = (rules: readonly GroupRule[]): Network => ({
    ...network(rules),
    addresses: [
      { publicIp, at: { port: 'eni-10', privateIp: A } },
      { publicIp: other, at: { port: 'eni-11', privateIp: B } },
    ],
  });

  it('are so many at most, every address with its share, of rules of few ports first', async () => {
    const made = listeners(8);
    const wide = two([letIn(7_100, 7_199, { protocol: 6 }), letIn(7_053)]);
    await made.apply(wide, compileTopology(wide));
    const open = [...made.open()].map(([ip, ports]) => [ip, ports.map((one) => `${one.port}${one.protocol ?? ''}`)]);
    const share = ['7053udp', '7100', '7101', '7102'];
    expect(open.map(([ip, ports]) => [ip, [...ports!].sort()])).toEqual([
      [publicIp, share],
      [other, share],
    ]);
    made.close();
    expect(made.open().size).toBe(0);
  });

  it('have TCP and UDP at the same port, each by itself', async () => {
    const doors = [await tcpDoor(() => undefined)(7_060, other), await udpDoor(() => undefined)(7_060, other)];
    expect(doors.map((door) => door instanceof Error)).toEqual([false, false]);
    const taken = [await tcpDoor(() => undefined)(7_060, other), await udpDoor(() => undefined)(7_060, other)];
    expect(taken.map((door) => door instanceof Error && (door as NodeJS.ErrnoException).code)).toEqual([
      ...['EADDRINUSE', 'EADDRINUSE'],
    ]);
    for (const door of doors) if (!(door instanceof Error)) door.close();
  });

  it('a port that the host does not give is another for UDP, too', async () => {
    const taken = createSocket('udp4');
    sockets.push(taken);
    // Whoever may not have it there at all is no better off.
    await new Promise<void>((resolve) => {
      taken.once('listening', resolve).once('error', () => resolve());
      taken.bind(53, publicIp);
    });
    await lab.up(network([letIn(53)]));
    expect(lab.board.open()).toEqual(new Map([[publicIp, [{ port: 53, at: 10_053, protocol: 'udp' }]]]));
    expect(await (await client()).ask('a question', 10_053)).toBe('machine 0: a question');
  });
});
