import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSwitchPlane } from '../../src/drivers/qemu/network/switchPlane.ts';
import { macOf, networkOf, port } from '../../src/drivers/qemu/switch/core/fabric.fixture.ts';
import { inTurns, type Line } from '../figures.ts';
import { type ByHand, prepare, type Recipe, recipeOf } from './byHand.ts';
import type { RealMachines } from './server.ts';
import { type Terminal, terminalOf } from './terminal.ts';
import { textOf, until } from './waiting.ts';

const rounds = 3;
const mebibytes = 8;
/** Where a machine that receives listens. */
const guestPort = 5001;

/** Two machines that reach each other, and the address and port at which the first reaches the second. */
interface Two {
  readonly first: Terminal;
  readonly second: Terminal;
  readonly to: string;
}

/** Throughput of machines behind the switch, against the same machines behind QEMU's own user networking. */
export async function flows(machines: RealMachines): Promise<readonly Line[]> {
  const recipe = await recipeOfMachine(machines);
  const sink = await startSink(hostAddress());
  const started: ByHand[] = [];
  const start = (name: string, change: (arg: string) => string): ByHand => {
    const machine = prepare(recipe, join(machines.data.path, name), change)();
    started.push(machine);
    return machine;
  };
  const behindSwitch = await onSwitch(machines.data.path, recipe, sink.address, start);
  const behindSlirp = await onSlirp(start);
  try {
    const guests = await compared('guest to guest, TCP', behindSwitch.two, behindSlirp, betweenGuests);
    const outside = (two: Two) => toOutside(two, sink);
    return [guests, await compared('guest to outside, TCP', behindSwitch.two, behindSlirp, outside)];
  } finally {
    for (const { first, second } of [behindSwitch.two, behindSlirp]) for (const one of [first, second]) one.close();
    for (const machine of started) await machine.end();
    await behindSwitch.end();
    sink.close();
  }
}

async function recipeOfMachine(machines: RealMachines): Promise<Recipe> {
  const [id] = await machines.launch(1);
  await until('the guest boots', () => /guest: up/.test(textOf(machines.consoleOf(id!))));
  const recipe = await recipeOf(machines, id!);
  await machines.terminate([id!]);
  return recipe;
}

/** Both sides in turns; who is not measured stands still. */
async function compared(what: string, ours: Two, slirp: Two, measure: (two: Two) => Promise<number>): Promise<Line> {
  const alone = async (two: Two): Promise<number> => {
    for (const one of [two.first, two.second]) await one.goOn();
    const rate = await measure(two);
    for (const one of [two.first, two.second]) await one.stop();
    return rate;
  };
  const pair = await inTurns(
    rounds,
    () => alone(ours),
    () => alone(slirp),
  );
  return {
    ...{ what, unit: 'MB/s', ours: pair.ours, reference: pair.reference, ratio: pair.ratio },
    to: 'QEMU’s user networking',
    target: { is: 'at least', value: 0.9, of: 'ratio' },
    details: { rounds: pair.rounds, mebibytes },
  };
}

const send = (to: string): string => `dd if=/dev/zero bs=64k count=${mebibytes * 16} 2>/dev/null | nc ${to}`;
const rate = (began: number): number => (mebibytes * 2 ** 20) / 1e3 / (performance.now() - began);

/** Megabytes a second, from the moment when the sender begins until the receiver has all. */
async function betweenGuests({ first, second, to }: Two): Promise<number> {
  second.type(`say waits; nc -l -p ${guestPort} | wc -c > /got; say got $(cat /got)`);
  await second.says('waits');
  first.type(`usleep 300000; say sends; ${send(to)}`);
  await first.says('sends');
  const began = performance.now();
  await second.says(`got ${mebibytes * 2 ** 20}`);
  return rate(began);
}

/** Megabytes a second, from the first byte until the last. */
async function toOutside({ first }: Two, sink: Sink): Promise<number> {
  const received = sink.next();
  first.type(`${send(`${sink.address} ${sink.port}`)}; say sent`);
  const { bytes, ms } = await received;
  await first.says('sent');
  if (bytes !== mebibytes * 2 ** 20) throw new Error(`${bytes} bytes came`);
  return bytes / 1e3 / ms;
}

async function onSwitch(
  root: string,
  recipe: Recipe,
  outside: string,
  start: (name: string, change: (arg: string) => string) => ByHand,
) {
  const [eni] = /eni-[0-9a-f]+/.exec(recipe.args.join('\n'))!;
  const ips = ['10.0.0.10', '10.0.0.11'] as const;
  const wired = ips.map((ip) => ({
    ip,
    machine: start(`switched-${ip}`, (arg) => arg.replace(/"mac":"[^"]*"/, `"mac":"${macOf(ip)}"`)),
  }));
  const entry = fileURLToPath(new URL('./qemu/openSwitch.js', import.meta.url));
  process.env.ELSEWHERE_BENCH_OUTSIDE = outside;
  const plane = createSwitchPlane({
    ...{ folder: join(root, 'open-switch'), version: 'bench', lost: () => undefined },
    command: [process.execPath, entry, 'switch'],
  });
  const ports = wired.map(({ ip, machine }) => port(ip, { wire: join(machine.folder, `${eni}.wire`) }));
  await plane.apply(
    networkOf({
      ports,
      rules: [
        { direction: 'egress', protocol: -1, from: -1, to: -1, cidr: '0.0.0.0/0' },
        { direction: 'ingress', protocol: -1, from: -1, to: -1, group: 'sg-1' },
      ],
      routes: [{ cidr: '0.0.0.0/0', to: { kind: 'internet' } }],
      addresses: ports.map(({ id, privateIps }, at) => ({
        publicIp: `127.77.0.${10 + at}`,
        at: { port: id, privateIp: privateIps[0]! },
      })),
    }),
  );
  const [first, second] = await bothOf(wired.map(({ machine }) => machine));
  return { two: { first, second, to: `${ips[1]} ${guestPort}` } satisfies Two, end: plane.end };
}

/** Each in a network of its own: the first reaches the second by a port of the host. */
async function onSlirp(start: (name: string, change: (arg: string) => string) => ByHand): Promise<Two> {
  const forwarded = await freePort();
  const user = (more: string) => (arg: string) =>
    arg.replace(/^\{"type":"stream","id":"([^"]*)".*$/, `user,id=$1${more}`).replace('"host_mtu":9001,', '');
  const machines = [
    start('slirp-1', user('')),
    start('slirp-2', user(`,hostfwd=tcp:127.0.0.1:${forwarded}-:${guestPort}`)),
  ];
  const [first, second] = await bothOf(machines);
  return { first, second, to: `10.0.2.2 ${forwarded}` };
}

/** They boot, and then stand still. */
async function bothOf(machines: readonly ByHand[]): Promise<readonly [Terminal, Terminal]> {
  const [first, second] = await Promise.all(machines.map(terminalOf));
  await first!.stop();
  await second!.stop();
  return [first!, second!];
}

/** Somebody outside who takes all that comes. */
interface Sink {
  readonly address: string;
  readonly port: number;
  /** What the next connection brings. */
  next(): Promise<{ readonly bytes: number; readonly ms: number }>;
  close(): void;
}

async function startSink(address: string): Promise<Sink> {
  const server: Server = createServer();
  server.listen(0, address);
  await once(server, 'listening');
  return {
    address,
    port: portOf(server),
    async next() {
      const [socket] = (await once(server, 'connection')) as [Socket];
      let [bytes, began] = [0, 0];
      socket.on('data', (chunk: Buffer) => {
        if (bytes === 0) began = performance.now();
        bytes += chunk.length;
      });
      await once(socket, 'end');
      return { bytes, ms: performance.now() - began };
    },
    close: () => void server.close(),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const found = portOf(server);
  server.close();
  await once(server, 'close');
  return found;
}

const portOf = (server: Server): number => (server.address() as { readonly port: number }).port;

/** An address of this host that is not its loopback. */
function hostAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('this host has no address besides its loopback: nobody is outside');
  return found.address;
}
