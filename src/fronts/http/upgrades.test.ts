import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openAnswers } from './openAnswers.ts';
import { listenForUpgrades, type Upgrade } from './upgrades.ts';

let server: Server;
let client: Socket;
let heard: string;
let taken: Upgrade[];
/** How requests are answered that are none for an upgrade. */
let answer: (message: IncomingMessage, response: ServerResponse) => unknown;

beforeEach(async () => {
  [heard, taken] = ['', []];
  answer = async (message, response) =>
    response.end(`${message.method} ${message.url} ${(await text(message)).length}`);
  const answers = openAnswers();
  server = createServer((message, response) => {
    answers.add(message.socket, response);
    void answer(message, response);
  });
  const take = (upgrade: Upgrade): void => {
    taken.push(upgrade);
    upgrade.socket.write(`taken with ${upgrade.head.toString()}`);
  };
  listenForUpgrades(server, { takes: (path) => path === '/here', take }, answers.of);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('data', (chunk) => {
    heard += chunk;
  });
});
afterEach(async () => {
  client.destroy();
  for (const { socket } of taken) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const request = (line: string, upgrade: string, more = '') =>
  `${line} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${upgrade}\r\n${more}\r\n`;

it('a request for WebSocket is given to who takes it, with what came behind it', async () => {
  client.write(`${request('GET /here?a=b', 'WebSocket')}more`);
  await expect.poll(() => heard).toBe('taken with more');
  expect(taken[0]!.target).toMatchObject({ path: '/here', query: 'a=b' });
});

it('one for another protocol, or where nobody takes it, is answered as if it asked for none', async () => {
  const body = 'b'.repeat(300_000);
  client.write(request('POST /here', 'h2c', `Content-Length: ${body.length}\r\n`) + body.slice(0, 10));
  await new Promise((resolve) => setTimeout(resolve, 50));
  client.write(body.slice(10));
  await expect.poll(() => heard).toContain('POST /here 300000');
  client.write(request('GET /there', 'websocket'));
  await expect.poll(() => heard).toContain('GET /there 0');
  client.write('GET /plain HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(() => heard).toContain('GET /plain 0');
  expect(taken).toEqual([]);
});

it('one behind a request that has no answer yet waits for it', async () => {
  let first: ServerResponse | undefined;
  answer = (_, response) => {
    first = response;
  };
  client.write(`GET /slow HTTP/1.1\r\nHost: x\r\n\r\n${request('GET /here', 'websocket')}`);
  await expect.poll(() => first).toBeDefined();
  expect(taken).toEqual([]);
  first!.end('slow');
  await expect.poll(() => heard).toMatch(/slow[\s\S]*taken with/);
});
