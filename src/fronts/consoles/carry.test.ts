import { EventEmitter, once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { carry } from './carry.ts';

/** A client whose answers to pings, and to what it is sent, are the test's to give. */
function pretendedClient() {
  const events = new EventEmitter();
  const client = {
    pings: 0,
    bufferedAmount: 0,
    sent: [] as (() => void)[],
    answers: (): void => void events.emit('pong'),
    on: (name: string, listener: () => void) => events.on(name, listener),
    ping(): void {
      client.pings += 1;
      client.answers();
    },
    send(chunk: Buffer, _how: object, done: () => void): void {
      client.bufferedAmount += chunk.length;
      client.sent.push(() => {
        client.bufferedAmount -= chunk.length;
        done();
      });
    },
    resume: () => undefined,
    close: () => undefined,
    terminate: () => void events.emit('close', 1006),
  };
  return client;
}

const patience = { beatMs: 5, farewellMs: 5, waitingBytes: 10 };
let client: ReturnType<typeof pretendedClient>;
let ours: Duplex;
let machine: Duplex;
beforeEach(() => {
  client = pretendedClient();
  [ours, machine] = duplexPair();
});
afterEach(() => void client.terminate());

const carried = () => carry(client as unknown as WebSocket, ours, patience);

it('a client stays as long as it answers, and is gone when it does not', async () => {
  const { ended } = carried();
  await expect.poll(() => client.pings).toBeGreaterThan(5);
  client.answers = () => undefined;
  expect(await ended).toBe('the client does not answer');
  expect(ours.destroyed).toBe(true);
});

it('a client that gets on with what it has to read need not answer: pings wait behind that', async () => {
  const words = 'more than is to wait';
  client.answers = () => {
    machine.write(words);
    client.sent.shift()?.();
  };
  for (let n = 0; n < 3; n++) machine.write(words);
  const { ended } = carried();
  await expect.poll(() => client.pings).toBeGreaterThan(5);
  expect([ours.isPaused(), client.sent.length], 'the machine waits').toEqual([true, 1]);
  client.answers = () => undefined;
  expect(await ended).toBe('the client does not answer');
});

it('a client that does not say that it has understood the end is ended without', async () => {
  const { ended, end } = carried();
  const gone = once(ours, 'close');
  end(1001, 'the server stops');
  expect(await ended).toBe('the server stops');
  await gone;
});
