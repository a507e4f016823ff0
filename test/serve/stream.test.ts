import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anyCredential, exchange, post } from './rawClient.ts';
import { type Running, startServer } from './server.ts';

const all = 'Action=DescribeInstances&Version=2016-11-15';
/** More than an answer is made of in one piece. */
const count = 2_100;
const signed = anyCredential
  .trim()
  .split('\r\n')
  .map((line) => line.split(': ', 2) as [string, string]);
const form = { 'Content-Type': 'application/x-www-form-urlencoded', ...Object.fromEntries(signed) };
let server: Running;
beforeAll(async () => {
  server = await startServer({ working: false });
  for (let made = 0; made < count; made += 700) {
    const launch = `Action=RunInstances&Version=2016-11-15&ImageId=${await anyImage()}&MinCount=700&MaxCount=700&InstanceType=t3.nano`;
    const answer = await exchange(server.port, post(launch));
    expect(answer).toMatchObject({ status: 200 });
  }
}, 60_000);
afterAll(() => server.close());

async function anyImage(): Promise<string> {
  const filters =
    'Filter.1.Name=architecture&Filter.1.Value.1=x86_64&Filter.2.Name=root-device-type&Filter.2.Value.1=ebs';
  const answer = await exchange(server.port, post(`Action=DescribeImages&Version=2016-11-15&${filters}`));
  return /<imageId>(ami-[0-9a-f]+)</.exec(answer!.body)![1]!;
}

const idsIn = (xml: string): number => new Set(xml.match(/<instanceId>i-[0-9a-f]{17}</g)).size;

it('a very long answer goes out in pieces, whole', async () => {
  const asked = request(server.endpoint, { method: 'POST', headers: form });
  asked.end(all);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
  expect(answer.headers['content-length']).toBeUndefined();
  const xml = await text(answer);
  expect(xml).toMatch(/^<\?xml .*<\/DescribeInstancesResponse>$/s);
  expect(idsIn(xml)).toBe(count);
});

it('a client that goes away in the middle of it harms nobody', async () => {
  const errors = () => server.lines.filter((line) => line.level === 'error');
  for (let i = 0; i < 5; i++) {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(post(all));
    await once(socket, 'data');
    socket.destroy();
  }
  const slow = connect(server.port, '127.0.0.1');
  slow.on('error', () => undefined);
  slow.write(`GET /?${all} HTTP/1.1\r\nHost: x\r\n${anyCredential}\r\n`);
  await once(slow, 'data');
  slow.pause();
  const other = await exchange(server.port, post('Action=DescribeRegions&Version=2016-11-15'));
  expect(other).toMatchObject({ status: 200 });
  slow.destroy();
  await expect.poll(() => server.lines.filter((l) => l.action === 'DescribeInstances').length).toBeGreaterThan(1);
  expect(errors()).toEqual([]);
});
