import { once } from 'node:events';
import { get } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { type TestWorld, testWorld } from '../../../test/support/world.ts';
import { launched } from '../../cloud/instance/instance.fixture.ts';
import { closeCode, closed } from './client.fixture.ts';
import { Stage } from './stage.fixture.ts';

let w: TestWorld;
let id: string;
let stage: Stage;
beforeEach(async () => {
  stage = new Stage();
  const { consoles } = stage;
  w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, openConsoles: true }, consoles }) });
  [id] = (await launched(w)) as [string];
});
afterEach(async () => {
  await stage.end();
  await w.close();
});

const serial = () => `/_elsewhere/console/${id}`;
const screen = () => `/_elsewhere/vnc/${id}`;
const allLetGo = () => expect.poll(() => stage.isFree()).toBe(true);

describe('a console', () => {
  beforeEach(() => stage.begin(w.world));

  it('carries bytes both ways, as they are, and text as its bytes', async () => {
    const client = await stage.clients.opened(serial());
    client.send(Buffer.from([0, 255, 10]));
    client.send('größe');
    await once(stage.machines[0]!, 'readable');
    await expect.poll(() => stage.machines[0]!.readableLength).toBe(3 + 7);
    expect(stage.machines[0]!.read()).toEqual(Buffer.concat([Buffer.from([0, 255, 10]), Buffer.from('größe')]));
    stage.machines[0]!.write(Buffer.from([1, 254]));
    const [said, isBinary] = await once(client, 'message');
    expect([said, isBinary]).toEqual([Buffer.from([1, 254]), true]);
  });

  it('speaks the subprotocol of those that have one', async () => {
    expect((await stage.clients.opened(screen(), {}, ['base64', 'binary'])).protocol).toBe('binary');
    expect((await stage.clients.opened(screen())).protocol).toBe('');
  });

  it('ends with the machine, behind all that it said', async () => {
    const client = await stage.clients.opened(serial());
    const said: Buffer[] = [];
    client.on('message', (data) => said.push(data as Buffer));
    stage.machines[0]!.write('good ');
    stage.machines[0]!.end('night');
    setImmediate(() => stage.machines[0]!.destroy());
    expect(await closed(client)).toEqual([1000, 'the machine has ended it']);
    expect(Buffer.concat(said).toString()).toBe('good night');
  });

  it('is let go when its client leaves, also without a word, and is then free', async () => {
    const client = await stage.clients.opened(serial());
    expect(await stage.clients.refusal(serial())).toEqual([
      409,
      expect.stringContaining('Somebody else has this console'),
    ]);
    client.terminate();
    await allLetGo();
    expect((await stage.clients.opened(serial())).readyState).toBe(WebSocket.OPEN);
  });

  it('of many who want the serial port at the same time one has it', async () => {
    const all = Array.from({ length: 100 }, () => stage.clients.dial(serial()));
    const outcomes = await Promise.all(
      all.map((client) =>
        Promise.race([
          once(client, 'open').then(() => 'open'),
          once(client, 'unexpected-response').then(([, { statusCode }]) => statusCode),
        ]),
      ),
    );
    expect(outcomes.filter((one) => one === 'open')).toHaveLength(1);
    expect(outcomes.filter((one) => one === 409)).toHaveLength(99);
    expect(stage.machines).toHaveLength(1);
  });

  it('of a client that is gone before it was open is let go', async () => {
    let ready: (machine: Duplex) => void = () => undefined;
    stage.opens = () => new Promise((resolve) => (ready = resolve));
    const client = stage.clients.dial(serial());
    await expect.poll(() => ready.length).toBe(1);
    client.terminate();
    ready(await stage.connected());
    await allLetGo();
  });

  it('is not opened by what is no WebSocket', async () => {
    const { port } = stage;
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
    const [answer] = await once(get({ host: '127.0.0.1', port, path: serial(), headers }), 'response');
    expect(answer.statusCode).toBe(400);
    answer.resume();
    await allLetGo();
    expect(await stage.door.answer()).toMatchObject({ status: 426 });
  });

  it('does not take a message that is too large, nor what is no frame', async () => {
    const client = await stage.clients.opened(serial());
    client.send(Buffer.alloc(256 * 1024 + 1));
    expect(await closeCode(client)).toBe(1009);
    const other = await stage.clients.opened(screen());
    (other as unknown as { readonly _socket: Socket })._socket.write('this is no frame');
    expect(await closeCode(other)).toBe(1002);
    await allLetGo();
  });

  it('tells those who have one that the server stops, and opens none any more', async () => {
    const all = [
      await stage.clients.opened(serial()),
      await stage.clients.opened(screen()),
      await stage.clients.opened(screen()),
    ];
    const told = Promise.all(all.map(closed));
    await stage.door.close();
    expect(await told).toEqual(Array.from({ length: 3 }, () => [1001, 'the server stops']));
    expect(await stage.clients.refusal(serial())).toEqual([503, 'The server is stopping.\n']);
    expect(stage.ends.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('is ended by a server that stops also where the client does not understand', async () => {
    const client = await stage.clients.opened(serial());
    client.pause();
    await stage.door.close();
    expect(stage.ends[0]!.destroyed).toBe(true);
  });
});

describe('clients and machines that are slow, or gone', () => {
  const patience = { beatMs: 100, farewellMs: 100, waitingBytes: 64 * 1024 };

  it('a client that reads nothing holds up its machine, costs no memory, and is gone after a while', async () => {
    await stage.begin(w.world, { patience });
    const client = await stage.clients.opened(serial());
    client.pause();
    let given = 0;
    const flood = setInterval(() => {
      while (stage.machines[0]!.writableLength < 2 ** 20 && given < 2 ** 30)
        given += 2 ** 16 * +stage.machines[0]!.write(Buffer.alloc(2 ** 16));
    }, 1);
    await once(stage.machines[0]!, 'close');
    clearInterval(flood);
    // Beside the limit there is what the two ends of the connection hold in the system.
    expect(given).toBeLessThan(64 * 2 ** 20);
  });

  it('a client that answers no ping is gone', async () => {
    await stage.begin(w.world, { patience });
    const mute = await stage.clients.opened(serial(), { autoPong: false } as ClientOptions);
    expect(await closeCode(mute)).toBe(1006);
    await allLetGo();
  });

  it('a machine that takes nothing holds up its client, which is told after a while', async () => {
    await stage.begin(w.world, { patience });
    const client = await stage.clients.opened(serial());
    for (let sent = 0; sent < 2 ** 24; sent += 2 ** 16) client.send(Buffer.alloc(2 ** 16));
    await expect.poll(() => stage.machines[0]!.readableLength).toBeGreaterThan(0);
    expect(await closeCode(client)).toBe(1006);
    expect(stage.machines[0]!.readableLength).toBeLessThan(2 ** 20);
  });

  it('a server that is full opens no more', async () => {
    await stage.begin(w.world, { places: { each: { serial: 1, screen: 2 }, all: 2 } });
    await stage.clients.opened(screen());
    await stage.clients.opened(screen());
    expect(await stage.clients.status(screen())).toBe(409);
    expect(await stage.clients.refusal(serial())).toEqual([503, expect.stringContaining('no more')]);
  });
});
