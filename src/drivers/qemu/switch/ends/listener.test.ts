import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { tcpDoor } from './doors.ts';
import { createListener, type Listener, mappedPorts } from './listener.ts';

/** Of a block for documentation: no host has it. */
const elsewhere = '192.0.2.7';
const listeners: Listener[] = [];
afterEach(() => {
  for (const one of listeners.splice(0)) one.close();
});

function listening(publicIp: string, port: number): Listener {
  const listener = createListener(
    { publicIp, port },
    tcpDoor((socket) => socket.end(`${publicIp} ${port}`)),
  );
  listeners.push(listener);
  return listener;
}

async function said(address: string, port: number): Promise<string> {
  const socket = connect(port, address);
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(socket, 'close');
  return text;
}

it('a public address that the host has is listened at, at its port', async () => {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const one = listening('127.9.8.7', port);
  expect([await one.decided, one.open()]).toEqual([undefined, { port, at: port }]);
  expect(await said('127.9.8.7', port)).toBe(`127.9.8.7 ${port}`);
});

it('where the host does not have it, a port of 127.0.0.1 stands for each of its ports, always the same', async () => {
  const [first] = mappedPorts(elsewhere, 22);
  const ssh = listening(elsewhere, 22);
  const web = listening(elsewhere, 80);
  expect([await ssh.decided, await web.decided]).toEqual([undefined, undefined]);
  expect(ssh.open()).toEqual({ port: 22, at: first, on: '127.0.0.1' });
  expect(web.open()!.at).not.toBe(first);
  expect(await said('127.0.0.1', web.open()!.at)).toBe(`${elsewhere} 80`);
});

it('or the next that is free', async () => {
  const [taken, next] = mappedPorts(elsewhere, 443);
  const other = createServer().listen(taken, '127.0.0.1');
  await once(other, 'listening');
  const one = listening(elsewhere, 443);
  await one.decided;
  expect(one.open()).toEqual({ port: 443, at: next, on: '127.0.0.1' });
  other.close();
});
