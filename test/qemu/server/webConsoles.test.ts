import { once } from 'node:events';
import { inflateSync } from 'node:zlib';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { presign } from '../../../src/fronts/awsquery/signature/presign.ts';
import { Clients, closed } from '../../../src/fronts/consoles/client.fixture.ts';
import { elsewhere } from '../../serve/program.ts';
import { Chromium } from '../support/browser/chromium.ts';
import { openSite } from '../support/browser/site.ts';
import { Viewer } from '../support/rfb.ts';
import { RealServer, until } from '../support/server.ts';
import { Session } from '../support/session.ts';

const server = new RealServer();
const clients = new Clients(() => server.program.port);
let id: string;
let ec2: sdk.EC2Client;

/** An account and its key. */
function account(name: string): readonly [id: string, secret: string] {
  const made = elsewhere(['account', 'create', name, '--data', server.data]);
  const [, number] = /\b(\d{12})\b/.exec(made.stdout)!;
  const { stdout } = elsewhere(['key', 'create', number!, '--data', server.data]);
  const [, key, secret] = /^AWS_ACCESS_KEY_ID=(\S+)\nAWS_SECRET_ACCESS_KEY=(\S+)$/m.exec(stdout)!;
  return [key!, secret!];
}

/** Path and query of the URL that the command prints. */
function printed(...command: readonly string[]): string {
  const endpoint = `http://127.0.0.1:${server.program.port}`;
  const { status, stdout, stderr } = elsewhere([...command, '--data', server.data, '--endpoint', endpoint]);
  expect([status, stderr]).toEqual([0, '']);
  const { protocol, host, pathname, search } = new URL(stdout);
  expect([protocol, host]).toEqual(['ws:', `127.0.0.1:${server.program.port}`]);
  return pathname + search;
}
const serial = () => printed('console', id, '--url');
const screen = () => printed('vnc', id);

/** Waits until a console has said something. */
async function says(client: WebSocket, words: RegExp): Promise<void> {
  let said = '';
  const listen = (chunk: Buffer): void => {
    said += chunk;
  };
  client.on('message', listen);
  await expect.poll(() => said, { timeout: 60_000 }).toMatch(words);
  client.off('message', listen);
}

/** The colours of the picture that the API gives, and its size. */
async function picture(
  more = {},
): Promise<{ readonly colours: number; readonly size: readonly number[]; readonly png: Buffer }> {
  const { ImageData } = await ec2.send(new sdk.GetConsoleScreenshotCommand({ InstanceId: id, ...more }));
  const png = Buffer.from(ImageData!, 'base64');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const rows = inflateSync(png.subarray(41, png.length - 16));
  const colours = new Set<number>();
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      colours.add(rows.readUIntBE(row * (width * 3 + 1) + 1 + column * 3, 3));
  return { colours: colours.size, size: [width, height], png };
}

beforeAll(async () => {
  const image = server.importedGuest();
  const [key, secret] = account('one');
  await server.start('--auth', 'keys');
  ec2 = server.clientOf(key, secret);
  id = await server.launch({ ImageId: image }, ec2);
  await server.says(id, /guest: ready/, ec2);
});
afterAll(async () => {
  clients.leave();
  await server.close();
});

it('a screenshot shows what firmware and kernel wrote', async () => {
  const { colours, size } = await picture({ WakeUp: true });
  expect(size).toEqual([720, 400]);
  expect(colours).toBeGreaterThan(1);
});

it('the serial console is typed into by WebSocket, by one of many, and of command and page by one', async () => {
  const url = serial();
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, () => {
      const client = clients.dial(url);
      return Promise.race([
        once(client, 'open').then(() => client),
        once(client, 'unexpected-response').then(([, { statusCode }]) => statusCode as number),
      ]);
    }),
  );
  expect(outcomes.filter((outcome) => outcome === 409)).toHaveLength(99);
  const client = outcomes.find((outcome) => typeof outcome !== 'number') as WebSocket;
  client.send('say one plus one is $((1+1))\n');
  await says(client, /guest: one plus one is 2/);
  expect(elsewhere(['console', id, '--data', server.data])).toMatchObject({
    status: 11,
    stderr: expect.stringContaining('somebody else has the console'),
  });
  client.terminate();
  await expect.poll(() => server.program.stderr(), { timeout: 10_000 }).toContain('a console is closed');
  const command = Session.elsewhere(['console', id, '--data', server.data], {});
  try {
    command.type('say the command has it\n');
    await command.says(/guest: the command has it/);
    expect(await clients.status(serial())).toBe(409);
  } finally {
    command.child.kill('SIGTERM');
    await command.ended;
  }
});

it('the screen is seen by RFB, and what is typed there reaches the machine', async () => {
  await server.run(id, "echo 'echo guest: typed $((6*7)) > /dev/ttyS0' > /t; (sh < /dev/tty1 > /dev/tty1 2>&1 &)", ec2);
  const viewer = new Viewer(await clients.opened(screen(), {}, ['binary']));
  expect(await viewer.begin()).toBe('RFB 003.008\n');
  expect([viewer.width, viewer.height]).toEqual([720, 400]);
  const [before, earlier] = [await viewer.screen(), (await picture()).png];
  expect(new Set(new Uint32Array(before.buffer, before.byteOffset, before.length / 4)).size).toBeGreaterThan(1);
  viewer.type('sh /t\n');
  await server.says(id, /guest: typed 42/, ec2);
  await until(
    () => viewer.screen(),
    (now) => !now.equals(before),
  );
  expect((await picture()).png.equals(earlier)).toBe(false);
  const another = new Viewer(await clients.opened(screen()));
  await another.begin();
  await viewer.screen();
});

it('a page of somebody else shows both with xterm.js and noVNC, and is typed into', async () => {
  await server.run(id, "echo 'echo guest: pressed $((7*7)) > /dev/ttyS0' > /p", ec2);
  const origin = `ws://127.0.0.1:${server.program.port}`;
  const site = await openSite();
  const page = await Chromium.open(site.url);
  try {
    const opened = (which: string, path: string) => page.evaluate(`open${which}('${origin}${path}')`);
    const [unsigned] = serial().split('?') as [string];
    expect(await opened('Serial', unsigned)).toBe('closed with 1006');
    expect([await opened('Serial', serial()), await opened('Screen', screen())]).toEqual(['open', 'open']);
    await page.evaluate('terminal.focus()');
    await page.type('say from a page $((6*6))\n');
    const shown = () => page.evaluate<string>('serialText()');
    await expect.poll(shown, { timeout: 60_000 }).toMatch(/guest: from a page 36/);
    const drawn = () => page.evaluate<{ readonly size: readonly number[]; readonly picture: string }>('screenShown()');
    await expect.poll(async () => (await drawn()).size, { timeout: 60_000 }).toEqual([720, 400]);
    const before = await drawn();
    await page.evaluate('rfb.focus()');
    await page.type('sh /p\n');
    await expect.poll(shown, { timeout: 60_000 }).toMatch(/guest: pressed 49/);
    await expect.poll(async () => (await drawn()).picture, { timeout: 60_000 }).not.toBe(before.picture);
  } finally {
    await page.close();
    site.close();
  }
});

it('what is no RFB ends that console, and nothing else', async () => {
  const viewer = new Viewer(await clients.opened(screen()));
  await viewer.begin();
  const garbage = await clients.opened(screen());
  garbage.send(Buffer.alloc(200_000, 'not RFB'));
  expect(await closed(garbage)).toEqual([1000, 'the machine has ended it']);
  await viewer.screen();
});

it('nobody else opens them, nor without a signature', async () => {
  const [key, secret] = account('two');
  const other = server.clientOf(key, secret);
  await expect(other.send(new sdk.GetConsoleScreenshotCommand({ InstanceId: id }))).rejects.toMatchObject({
    name: 'InvalidInstanceID.NotFound',
  });
  const url = serial();
  const [path] = url.split('?') as [string];
  expect(await clients.status(path)).toBe(403);
  const forged = url.replace(/Credential=AKIA\w+/, `Credential=${key}`);
  expect(await clients.status(forged)).toBe(401);
  expect(await clients.status(url.replace('/console/', '/vnc/'))).toBe(401);
  const asked = { host: `127.0.0.1:${server.program.port}`, path, service: 'ec2', region: 'local-1' };
  const signed = presign(asked, { accessKeyId: key, secret }, Date.now(), 60);
  expect(await clients.status(`${path}?${signed}`)).toBe(404);
});

it('a QEMU that does not answer is told, and nothing hangs', async () => {
  const [serialUrl, screenUrl] = [serial(), screen()];
  const [pid] = await server.pids();
  process.kill(pid!, 'SIGSTOP');
  try {
    const shot = expect(picture()).rejects.toMatchObject({ name: 'Unavailable' });
    expect(await Promise.all([clients.status(serialUrl), clients.status(screenUrl)])).toEqual([503, 503]);
    await shot;
  } finally {
    process.kill(pid!, 'SIGCONT');
  }
  expect((await picture()).colours).toBeGreaterThan(1);
});

it('a server that is told to stop ends consoles with a word; one that is killed leaves the machine to the next', async () => {
  const open = await clients.opened(serial());
  const told = closed(open);
  server.program.process.kill('SIGTERM');
  expect([await told, await server.program.ended]).toEqual([[1001, 'the server stops'], 0]);
  await server.start('--auth', 'keys');
  const dropped = await clients.opened(serial());
  const gone = once(dropped, 'close');
  await server.kill();
  await gone;
  await server.start();
  const path = `/_elsewhere/console/${id}`;
  expect(await clients.status(path, { origin: 'http://evil.example' })).toBe(403);
  const again = await clients.opened(path, { origin: `http://localhost:${server.program.port}` });
  again.send('say still here\n');
  await says(again, /guest: still here/);
  const over = closed(again);
  again.send('poweroff -f\n');
  expect(await over).toEqual([1000, 'the machine has ended it']);
});
