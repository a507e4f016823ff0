import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { names } from '../../../src/drivers/qemu/machines/commandLine.ts';
import { kept } from '../../../src/drivers/qemu/machines/consoleLog.ts';
import { processOf } from '../../../src/drivers/qemu/machines/processes.ts';
import { Clients } from '../../../src/fronts/consoles/client.fixture.ts';
import { createOutside, type Outside } from '../support/outside.ts';
import { RealServer, region, until } from '../support/server.ts';
import { stormEntries } from '../support/storm.ts';
import { switchesBelow } from '../support/switches.ts';

const server = new RealServer();
const clients = new Clients(() => server.program.port);
const theirs = { ec2: server.ec2 };
let outside: Outside;
/** The machine that misbehaves; its neighbour; a third of the same account; one of another account. */
let [hostile, neighbour, third, stranger] = ['', '', '', ''];
/** What it is told of its neighbour. */
let about: string;
let switchPid: number;

const clientOf = (id: string) => (id === stranger ? theirs.ec2 : server.ec2);
const addressesOf = async (id: string) => {
  const { PrivateIpAddress, PublicIpAddress, NetworkInterfaces } = await server.instance(id, clientOf(id));
  return { privateIp: PrivateIpAddress!, publicIp: PublicIpAddress!, mac: NetworkInterfaces![0]!.MacAddress! };
};

/** What the host reads at a public address; why it reads nothing. */
const read = (host: string): Promise<string> =>
  new Promise((resolve) => {
    const failed = (error: Error): void => resolve(String(error));
    const asked = get({ host, timeout: 20_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      answer.on('end', () => resolve(text.trim())).on('error', failed);
    });
    asked.on('timeout', () => asked.destroy(new Error('nobody answers'))).on('error', failed);
  });

async function letIn(ec2: sdk.EC2Client): Promise<void> {
  const Filters = [{ Name: 'group-name', Values: ['default'] }];
  const { SecurityGroups } = await ec2.send(new sdk.DescribeSecurityGroupsCommand({ Filters }));
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '203.0.113.1/32' }] }];
  await ec2.send(
    new sdk.AuthorizeSecurityGroupIngressCommand({ GroupId: SecurityGroups![0]!.GroupId!, IpPermissions }),
  );
}

async function page(id: string): Promise<void> {
  await server.says(id, /guest: address/, clientOf(id));
  await server.run(id, `mkdir -p /www; echo page of ${id} > /www/index.html; httpd -h /www`, clientOf(id));
}

/** The most memory that a process ever had, in MiB. */
const mostMemory = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

/** How many frames the switch had of the hostile machine, and how many of those went nowhere. */
async function frames(): Promise<{ readonly dropped: number; readonly bytes: number }> {
  const text = await (await fetch(`http://127.0.0.1:${server.program.port}/metrics`)).text();
  const of = (meter: string): number =>
    Number(
      new RegExp(`^elsewhere_instance_${meter}_total\\{[^}]*instance="${hostile}"\\} (\\S+)`, 'm').exec(text)?.[1] ?? 0,
    );
  return { dropped: of('network_dropped_frames'), bytes: of('network_sent_bytes') };
}

/** The others go on: the host reaches them, they read their metadata, talk with a third, and the API answers. */
async function othersGoOn(): Promise<void> {
  const other = await addressesOf(third);
  for (const id of [neighbour, stranger]) {
    const { publicIp } = await addressesOf(id);
    expect(await read(publicIp)).toBe(`page of ${id}`);
    const asked = 'timeout 20 wget -qO- http://169.254.169.254/latest/meta-data/instance-id';
    expect(await server.run(id, asked, clientOf(id))).toBe(id);
  }
  expect(await server.run(neighbour, `timeout 20 wget -qO- http://${other.privateIp}/`)).toBe(`page of ${third}`);
  expect(await server.run(neighbour, `grep ${other.privateIp} /proc/net/arp`)).toContain(other.mac);
  expect(await server.run(neighbour, "grep '^172.31.0.1 ' /proc/net/arp")).toContain('02:00:5e:00:00:01');
  expect(await server.run(stranger, `ping -c 1 -W 1 ${other.privateIp} | grep received`, theirs.ec2)).toContain(' 0 ');
}

/** Lets the machine misbehave, and looks meanwhile; it has the others' wishes again when it has stopped. */
async function during(kind: string, look: () => Promise<unknown> = async () => undefined): Promise<void> {
  await server.run(hostile, `storm ${kind} 300 ${about} > /storm 2>&1 & echo begun`);
  try {
    await look();
    await othersGoOn();
    expect(await server.run(hostile, 'cat /storm')).toBe('');
  } finally {
    await server.run(hostile, 'killall storm');
  }
  expect(mostMemory(switchPid)).toBeLessThan(mostOfSwitch);
  expect(await server.run(hostile, 'ping -c 1 -W 20 172.31.0.1 | grep received')).toContain(' 1 ');
}

/** What a switch may take, in MiB: Node itself, and all that a port may have it hold, in both directions. */
const mostOfSwitch = 320;

/** Waits until the switch had enough of the machine, so that what is seen is seen meanwhile. */
async function busy(enough: (now: Awaited<ReturnType<typeof frames>>) => boolean): Promise<void> {
  const before = await frames();
  await until(frames, ({ dropped, bytes }) =>
    enough({ dropped: dropped - before.dropped, bytes: bytes - before.bytes }),
  );
}

const folderOf = (id: string): string => join(server.data, 'qemu', region, 'machines', id);

/** Connects to a machine's serial port and types a line; what it says is not read before it is asked for. */
async function typed(id: string, line: string): Promise<Socket> {
  const serial = connect(join(folderOf(id), names.serial)).pause();
  await once(serial, 'connect');
  serial.write(`${line}\n`);
  return serial;
}

beforeAll(async () => {
  outside = createOutside();
  const image = server.importedGuest();
  const stormy = server.importedGuest({ name: 'storm', entries: stormEntries() });
  await server.start();
  theirs.ec2 = server.clientOf('111111111111');
  [hostile, neighbour, third, stranger] = await Promise.all([
    server.launch({ ImageId: stormy, MetadataOptions: { HttpPutResponseHopLimit: 3 } }),
    server.launch({ ImageId: image }),
    server.launch({ ImageId: image }),
    server.launch({ ImageId: image }, theirs.ec2),
  ]);
  for (const ec2 of [server.ec2, theirs.ec2]) await letIn(ec2);
  for (const id of [neighbour, third, stranger]) await page(id);
  await server.says(hostile, /guest: address/);
  const [mine, next] = [await addressesOf(hostile), await addressesOf(neighbour)];
  about = `me=${mine.privateIp} to=${next.privateIp} mac=${next.mac} out=${outside.silent}`;
  [switchPid = 0] = await switchesBelow(server.data);
  await othersGoOn();
}, 180_000);
afterAll(async () => {
  clients.leave();
  await server.close();
  outside.close();
});

it('a token goes as far as the machine’s hop limit says', async () => {
  expect(await server.run(hostile, `storm hops 0 ${about}`)).toBe('greeting 64, token 3');
});

it('a machine that floods its neighbour, its router and everybody harms nobody', () =>
  during('flood', () => busy(({ bytes }) => bytes > 50_000_000)));

it('malformed frames go nowhere', () => during('malformed', () => busy(({ dropped }) => dropped > 10_000)));

it('who speaks for others is not heard', async () => {
  await during('spoof', () => busy(({ dropped }) => dropped > 10_000));
  const heard = await server.run(neighbour, 'cat /proc/net/arp | grep -c 02:00:5e; ip -4 -o addr show eth0');
  const { privateIp } = await addressesOf(neighbour);
  expect(heard).toContain(` ${privateIp}/20 `);
});

it('thousands of flows are as many as one machine may have', () =>
  during('flows', () => busy(({ dropped }) => dropped > 10_000)));

/** Types what fills a machine's console without end, beginning with a word. */
const endless = (word: string) => `yes "${word} $(seq 1000 1200)" > /dev/ttyS0 & say begun ${word}`;

/** Reads the consoles of the machine that is held up and of another, while the others go on. */
async function nobodyElseIsHeldUp(word: string): Promise<void> {
  await othersGoOn();
  expect(await server.consoleText(third)).toContain(`${word} 1000`);
  expect(await server.consoleText(neighbour)).toContain('guest: ends');
}

it('who holds a console by WebSocket and never reads it holds up its machine’s writing alone', async () => {
  // It takes nothing, and so answers no ping.
  const client = await clients.opened(`/_elsewhere/console/${third}`);
  client.send(`${endless('web')}\n`);
  await server.says(third, /web 1000/);
  await nobodyElseIsHeldUp('web');
});

it('endless questions for metadata leave others theirs', async () => {
  await during('metadata', () => busy(({ bytes }) => bytes > 60_000));
  expect(mostMemory(server.program.process.pid!)).toBeLessThan(700);
});

it('a console that is filled without end keeps nobody from theirs', async () => {
  const file = join(folderOf(hostile), names.console);
  // Nobody reads it: with a reader who is slow, the machine only waits.
  const noise = 'timeout 20 yes "$(seq 1000 1200)" > /dev/ttyS0';
  await server.run(hostile, `(sleep 3; ${noise}; say ready after the flood) & echo begun`);
  await until(
    async () => statSync(file).size,
    (size) => size > 2 * kept.bytes,
  );
  await othersGoOn();
  // Only so much is told of it, and the end of it is there.
  expect((await server.consoleText(hostile)).length).toBeLessThanOrEqual(kept.bytes);
  await server.says(hostile, /guest: ready after the flood/);
});

it('who held a console by WebSocket, and never read it, has it no more', async () => {
  await expect.poll(server.program.stderr, { timeout: 90_000, interval: 500 }).toContain('the client does not answer');
  expect(mostMemory(server.program.process.pid!)).toBeLessThan(700);
  await isFreeAgain('web');
});

it('who holds a console by its socket and never reads it holds up its machine’s writing alone', async () => {
  const size = () => statSync(join(folderOf(third), names.console)).size;
  const sizes = [size()];
  const held = await typed(third, endless('unix'));
  // What it writes waits for who has its console.
  await until(
    async () => sizes.push(size()),
    () => sizes.at(-1)! > sizes[0]! && sizes.length > 10 && new Set(sizes.slice(-8)).size === 1,
  );
  const qemu = (await processOf(folderOf(third)))!;
  const before = mostMemory(qemu);
  await nobodyElseIsHeldUp('unix');
  expect([size(), held.readableLength, mostMemory(qemu) - before < 32]).toEqual([sizes.at(-1), 0, true]);
  held.destroy();
  await isFreeAgain('unix');
});

/** The machine whose console was held goes on, and does what is typed there. */
async function isFreeAgain(word: string): Promise<void> {
  const serial = await typed(third, `killall yes; say ready after ${word}`);
  serial.resume();
  await server.says(third, new RegExp(`guest: ready after ${word}`));
  serial.destroy();
}
