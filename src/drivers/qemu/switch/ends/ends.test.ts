import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../../../../test/support/log.ts';
import { systemRandom } from '../../../../main/random.ts';
import type { GroupRule, Network } from '../../network/plane.ts';
import { networkOf, openRules, port } from '../core/fabric.fixture.ts';
import { defaultLimits } from '../core/limits.ts';
import { needIp } from '../packets/addresses.ts';
import { createSwitchboard, type Switchboard } from '../switchboard.ts';
import { createGuest, type Guest, realClock, textFrom } from './guest.fixture.ts';
import { hostSeenAs } from './seenAs.ts';

const A = '10.0.0.10';
/** Addresses of the host that only these tests use. */
const [outsideIp, forbiddenIp, publicIp] = ['127.83.12.1', '127.83.12.2', '127.83.12.3'];
const metadataIp = '169.254.169.254';

let folder: string;
let board: Switchboard;
let guest: Guest;
let metadataPath: string;
let dns: ReturnType<typeof createSocket>;
const closing: (() => void)[] = [];
const asked: Buffer[] = [];

/** Lets TCP in at a port, from wherever. */
const letIn = (to: number): GroupRule => ({ direction: 'ingress', protocol: 6, from: to, to, cidr: '0.0.0.0/0' });

interface Given {
  readonly rules?: readonly GroupRule[];
  readonly metadata?: boolean;
  readonly routed?: boolean;
  readonly gone?: boolean;
}
function network({ rules = openRules, metadata = true, routed = true, gone = false }: Given = {}): Network {
  const over = { wire: join(folder, 'a'), ...(metadata && { metadata: metadataPath }) };
  return networkOf({
    ports: gone ? [] : [port(A, over)],
    rules,
    routes: routed ? [{ cidr: '0.0.0.0/0', to: { kind: 'internet' } }] : [],
    addresses: [{ publicIp: publicIp!, at: { port: 'eni-10', privateIp: A } }],
  });
}

/** A server of the host that a test closes. */
async function serve(where: object, answer: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    answer(socket);
  });
  server.listen(where);
  await once(server, 'listening');
  closing.push(() => void server.close());
  return server;
}
const echo = (socket: Socket): void => void socket.pipe(socket);
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ends-'));
  metadataPath = join(folder, 'metadata');
  asked.length = 0;
  dns = createSocket('udp4');
  dns.bind(0, '127.0.0.1');
  await once(dns, 'listening');
  guest = await createGuest(A, join(folder, 'a'));
  board = createSwitchboard({
    ...{ clock: realClock, limits: defaultLimits, log: silentLog, random: systemRandom() },
    servers: [{ address: '127.0.0.1', port: dns.address().port }],
    refuses: (ip) => ip !== needIp(outsideIp!),
  });
  await board.apply(network());
  await vi.waitFor(() => expect(board.ports().get('eni-10')?.up).toBe(true));
});
afterEach(() => {
  board.close();
  guest.close();
  dns.close();
  for (const close of closing.splice(0)) close();
  rmSync(folder, { recursive: true });
});

describe('metadata', () => {
  it('goes to the port’s socket behind the name of the machine, both directions, with ends of their own', async () => {
    await serve({ path: metadataPath }, echo);
    const stream = guest.connect(metadataIp, 80);
    stream.end('GET / HTTP/1.0\r\n\r\n');
    expect(await textFrom(stream)).toBe('i-10\nGET / HTTP/1.0\r\n\r\n');
  });

  it('much of it, and many at once', async () => {
    await serve({ path: metadataPath }, echo);
    const text = 'x'.repeat(200_000);
    const all = Array.from({ length: 20 }, () => guest.connect(metadataIp, 80).end(text));
    expect(await Promise.all(all.map(textFrom))).toEqual(all.map(() => `i-10\n${text}`));
  });

  it('is refused where nobody serves it, at other ports, and where the port has none', async () => {
    expect(await textFrom(guest.connect(metadataIp, 80))).toBe('ECONNREFUSED');
    await serve({ path: metadataPath }, echo);
    expect(await textFrom(guest.connect(metadataIp, 8080))).toBe('ECONNREFUSED');
    await board.apply(network({ metadata: false }));
    expect(await textFrom(guest.connect(metadataIp, 80))).toBe('ECONNREFUSED');
  });

  it('a service that breaks off ends the flow', async () => {
    await serve({ path: metadataPath }, (socket) => void socket.once('data', () => socket.destroy()));
    expect(await textFrom(guest.connect(metadataIp, 80))).toBe('');
  });
});

/** A question of type A. */
function question(name: string, id = 7): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const head = Buffer.from('00000100000100000000' + '0000', 'hex');
  head.writeUInt16BE(id);
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}
/** Answers as a server does: the question, with the flag of an answer and a text. */
function answerQuestions(text: string): void {
  dns.on('message', (message, { port: to, address }) => {
    asked.push(Buffer.from(message));
    message[2]! |= 0x80;
    dns.send(Buffer.concat([message, Buffer.from(text)]), to, address);
  });
}

describe('DNS', () => {
  it.each(['10.0.0.2', '169.254.169.253'])(
    'at %s answers own names itself, and others from the host’s resolvers',
    async (at) => {
      answerQuestions('from the world');
      const own = await guest.ask(at, 53, question('ip-10-0-0-10.lab'));
      expect([own.readUInt16BE(0), own.subarray(-4).join('.')]).toEqual([7, A]);
      expect(asked).toEqual([]);
      const other = await guest.ask(at, 53, question('debian.org', 99));
      expect([other.readUInt16BE(0), other.subarray(-14).toString()]).toEqual([99, 'from the world']);
      expect(asked).toHaveLength(1);
      expect(asked[0]!.subarray(2)).toEqual(question('debian.org').subarray(2));
    },
  );

  it('too many questions at once fail at once; the others go on', async () => {
    const all = Array.from({ length: 100 }, (_, at) => guest.ask('10.0.0.2', 53, question('debian.org', at)));
    const first = await Promise.race(all);
    expect(first[3]! & 15).toBe(2);
    const own = await guest.ask('10.0.0.2', 53, question('ip-10-0-0-10.lab'));
    expect(own.subarray(-4).join('.')).toBe(A);
  });

  it('an answer that is too long for the machine’s network says so', async () => {
    answerQuestions('x'.repeat(9_000));
    const answer = await guest.ask('10.0.0.2', 53, question('debian.org'));
    expect(answer.readUInt16BE(2) & 0x0200).toBe(0x0200);
    expect(answer.length).toBe(question('debian.org').length);
  });
});

describe('outside', () => {
  it('TCP reaches a server, both directions, much of it', async () => {
    const server = await serve({ host: outsideIp, port: 0 }, echo);
    const text = 'hello '.repeat(300_000);
    const stream = guest.connect(outsideIp!, portOf(server));
    stream.end(text);
    expect((await textFrom(stream)) === text).toBe(true);
  });

  it('nobody there, or an address that is refused: the machine is refused', async () => {
    const reached = vi.fn();
    const server = await serve({ host: '0.0.0.0', port: 0 }, reached);
    const at = portOf(server);
    for (const ip of [forbiddenIp!, '127.0.0.1']) expect(await textFrom(guest.connect(ip, at))).toBe('ECONNREFUSED');
    server.close();
    expect(await textFrom(guest.connect(outsideIp!, at))).toBe('ECONNREFUSED');
    expect(reached).not.toHaveBeenCalled();
  });

  it('UDP reaches a server and its answers come back, from it alone', async () => {
    const server = createSocket('udp4');
    closing.push(() => void server.close());
    server.bind(0, outsideIp);
    await once(server, 'listening');
    const stranger = createSocket('udp4');
    closing.push(() => void stranger.close());
    server.on('message', (message, { port: to, address }) => {
      stranger.send('from a stranger', to, address, () => server.send(`heard ${message}`, to, address));
    });
    const answer = await guest.ask(outsideIp!, server.address().port, Buffer.from('hello'));
    expect(answer.toString()).toBe('heard hello');
  });

  it('without a route nothing goes out, and open flows end', async () => {
    const reached: Socket[] = [];
    const server = await serve({ host: outsideIp, port: 0 }, (socket) => void reached.push(socket));
    const stream = guest.connect(outsideIp!, portOf(server));
    stream.on('error', () => stream.destroy());
    await once(stream, 'connect');
    await vi.waitFor(() => expect(reached).toHaveLength(1));
    await board.apply(network({ routed: false }));
    const broken = textFrom(reached[0]!);
    reached[0]!.write('hello');
    expect(await broken).toBe('ECONNRESET');
    guest.connect(outsideIp!, portOf(server)).on('error', () => undefined);
    await vi.waitFor(() => expect(board.ports().get('eni-10')!.received.dropped).toBeGreaterThan(0));
    expect(reached).toHaveLength(1);
  });
});

describe('public addresses', () => {
  const at = 18_022;
  const out = openRules.slice(0, 1);
  const rules = [...out, letIn(at), letIn(at + 1)];
  const same = (one: number) => ({ port: one, at: one });

  it('reach the machine where its groups let somebody in; it sees where from', async () => {
    await board.apply(network({ rules }));
    expect(board.open()).toEqual(new Map([[publicIp, [at, at + 1].map(same)]]));
    const from: number[] = [];
    guest.serve(at, (stream, { localIp }) => {
      from.push(localIp);
      stream.pipe(stream);
    });
    const text = 'hello '.repeat(200_000);
    const socket = connect({ host: publicIp!, port: at, allowHalfOpen: true });
    socket.end(text);
    expect((await textFrom(socket)) === text).toBe(true);
    expect(from).toEqual([hostSeenAs]);
  });

  it('a machine that refuses resets; so do rules that went while listeners stayed', async () => {
    await board.apply(network({ rules }));
    expect(await textFrom(connect(at + 1, publicIp!))).toBe('ECONNRESET');
    const other = { direction: 'ingress', protocol: 6, from: at, to: at, cidr: '198.51.100.0/24' } as const;
    await board.apply(network({ rules: [...out, other] }));
    guest.serve(at, (stream) => stream.end('hello'));
    expect(await textFrom(connect(at, publicIp!))).toBe('ECONNRESET');
  });

  it('listeners follow the network; a port that somebody else has is left out, and tried again', async () => {
    const taken = await serve({ host: publicIp, port: at }, echo);
    await board.apply(network({ rules }));
    expect(board.open()).toEqual(new Map([[publicIp, [same(at + 1)]]]));
    taken.close();
    await once(taken, 'close');
    await board.apply(network({ rules }));
    expect(
      board
        .open()
        .get(publicIp!)!
        .map((open) => open.at)
        .sort(),
    ).toEqual([at, at + 1]);
    await board.apply(network({ rules: out }));
    expect(board.open()).toEqual(new Map());
    expect(await textFrom(connect(at, publicIp!))).toBe('ECONNREFUSED');
  });

  it('a port below 1,024 that the host cannot listen at is 10,000 higher', async () => {
    // Whoever may not listen there at all is no better off.
    const host = createServer();
    await new Promise<void>((resolve) => {
      host.once('listening', resolve).once('error', () => resolve());
      host.listen(81, publicIp);
    });
    await board.apply(network({ rules: [...out, letIn(81)] }));
    expect(board.open()).toEqual(new Map([[publicIp, [{ port: 81, at: 10_081 }]]]));
    guest.serve(81, (stream) => stream.end('the machine'));
    expect(await textFrom(connect(10_081, publicIp!))).toBe('the machine');
    await board.apply(network({ rules: out }));
    expect(await textFrom(connect(10_081, publicIp!))).toBe('ECONNREFUSED');
    host.close();
  });

  it('a connection ends with the rule that let it in, and with its machine', async () => {
    await board.apply(network({ rules }));
    guest.serve(at, (stream) => void stream.on('data', (piece) => stream.write(piece)));
    const talk = async () => {
      const socket = connect(at, publicIp!);
      socket.write('hello');
      await once(socket, 'data');
      return socket;
    };
    const one = await talk();
    await board.apply(network({ rules: out }));
    one.write('again');
    expect(await textFrom(one)).toBe('ECONNRESET');
    await board.apply(network({ rules }));
    const other = await talk();
    await board.apply(network({ rules, gone: true }));
    expect(await textFrom(other)).not.toBe('hello');
    expect(board.open()).toEqual(new Map());
  });
});
