import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { type TestWorld, testWorld } from '../../../test/support/world.ts';
import { launched } from '../../cloud/instance/instance.fixture.ts';
import { httpLimits } from '../http/limits.ts';
import { createMachineListener } from './machineListener.ts';
import { createMetadata } from './service.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-door-'));
const path = join(folder, 'metadata.sock');
let w: TestWorld;
let listener: Server;
let [one, other] = ['', ''];

beforeAll(async () => {
  w = await testWorld();
  const options = { HttpTokens: 'optional' };
  [[one], [other]] = [
    (await launched(w, { MetadataOptions: options })) as [string],
    (await launched(w, { MetadataOptions: options })) as [string],
  ];
  await w.settle();
  const metadata = createMetadata({ world: w.world, clock: w.clock });
  const limits = { ...httpLimits, headersMs: 500, checkMs: 50 };
  listener = createMachineListener({ metadata, region: 'us-east-1', log: silentLog }, limits);
  listener.listen(path);
  await once(listener, 'listening');
});
afterAll(async () => {
  listener.closeAllConnections();
  listener.close();
  await w.close();
  rmSync(folder, { recursive: true });
});

const head = (what: string, ...headers: readonly string[]): string =>
  [`${what} HTTP/1.1`, 'Host: 169.254.169.254', 'Connection: close', ...headers, '', ''].join('\r\n');
const idOf = (id: string): string => `${id}\n${head('GET /latest/meta-data/instance-id')}`;

/** Sends the pieces one after another, and gives what came until the end. */
async function say(...pieces: readonly string[]): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true });
  let text = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
  for (const piece of pieces) {
    socket.write(piece);
    await turn();
    await turn();
  }
  await once(socket, 'close');
  return text;
}

describe('the door of machines', () => {
  it('answers the machine that the connection is of, in whatever pieces the request comes', async () => {
    const whole = idOf(one);
    const cuts = Array.from({ length: whole.length - 1 }, (_, at) => [whole.slice(0, at + 1), whole.slice(at + 1)]);
    const answers = await Promise.all([[whole], ...cuts, [...whole]].map((pieces) => say(...pieces)));
    for (const answer of answers) expect(answer).toMatch(new RegExp(`^HTTP/1.1 200 OK[\\s\\S]*\r\n\r\n${one}$`));
    expect(await say(idOf(other))).toContain(other);
  });

  it('takes several requests on a connection, and a token of the same machine alone', async () => {
    const asked = head('PUT /latest/api/token', 'X-aws-ec2-metadata-token-ttl-seconds: 60');
    const token = (await say(`${one}\n${asked}`)).split('\r\n\r\n')[1]!;
    const use = head('GET /latest/meta-data/instance-id', `X-aws-ec2-metadata-token: ${token}`);
    const twice = `${one}\n${use.replace('Connection: close', 'Connection: keep-alive')}${use}`;
    expect((await say(twice)).match(/200 OK/g)).toHaveLength(2);
    expect(await say(`${other}\n${use}`)).toContain('401 Unauthorized');
  });

  it('answers at its own addresses, and to no name that a stranger may have made point here', async () => {
    const asked = (host: string, target = '/latest/meta-data/instance-id') =>
      say(`${one}\nGET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    for (const host of ['169.254.169.254', '169.254.169.254:80', '[fd00:ec2::254]', '[FD00:EC2::254]:80'])
      expect([host, await asked(host)]).toEqual([host, expect.stringContaining('200 OK')]);
    const strange = ['evil.example', 'evil.example:80', '169.254.169.254.evil.example', '169.254.169.254:8080', ''];
    for (const host of [...strange, 'localhost', '127.0.0.1', 'instance-data'])
      expect([host, await asked(host)]).toEqual([host, expect.stringContaining('403 Forbidden')]);
    // What the line itself says counts, whatever the header says.
    expect(await asked('169.254.169.254', 'http://evil.example/latest/user-data')).toContain('403 Forbidden');
    expect(await asked('evil.example', 'http://169.254.169.254/latest/meta-data/instance-id')).toContain('200 OK');
    expect(await say(`${one}\nGET /latest/meta-data/instance-id HTTP/1.0\r\n\r\n`)).toContain('200 OK');
    const token = `PUT /latest/api/token HTTP/1.1\r\nHost: evil.example\r\nX-aws-ec2-metadata-token-ttl-seconds: 60`;
    expect(await say(`${one}\n${token}\r\nConnection: close\r\n\r\n`)).toContain('403 Forbidden');
  });

  it('keeps the password that comes with OpenStack’s request, and none that is too long', async () => {
    const leave = (text: string) =>
      say(`${one}\n${head('POST /openstack/latest/password', `Content-Length: ${text.length}`)}${text}`);
    expect(await leave('x'.repeat(1_021))).toContain('413 ');
    expect(await leave('c2VjcmV0')).toContain('200 OK');
    expect(await leave('again')).toContain('409 Conflict');
    expect(await say(`${one}\n${head('GET /openstack/latest/password')}`)).toMatch(/\r\n\r\nc2VjcmV0$/);
    expect(await say(`${other}\n${head('GET /openstack/latest/password')}`)).toMatch(/200 OK[\s\S]*\r\n\r\n$/);
  });

  it('hangs up on what names no machine, never ends its name, or says nothing; one that is not there gets 404', async () => {
    expect(await say('GET / HTTP/1.1\r\n\r\n')).toBe('');
    expect(await say('i-12\nGET / HTTP/1.1\r\n\r\n')).toBe('');
    expect(await say('x'.repeat(100))).toBe('');
    expect(await say('i-0123')).toBe('');
    expect(await say(`i-00000000000000000\n${head('GET /latest/')}`)).toContain('404 Not Found');
    expect(await say(`${one}\n`)).toContain('408 Request Timeout');
    expect(await say(`${one}\nwhat is this\r\n\r\n`)).toContain('400 Bad Request');
  });
});

it('a connection on which too much is asked ends, and what came along with that costs no look-up', async () => {
  const metadata = createMetadata({ world: w.world, clock: w.clock, rate: { perSecond: 0.5, burst: 3 } });
  let lookedUp = 0;
  const counting: typeof metadata = {
    ...metadata,
    find: (...asked) => {
      lookedUp += 1;
      return metadata.find(...asked);
    },
  };
  const hasty = createMachineListener({ metadata: counting, region: 'us-east-1', log: silentLog }, httpLimits);
  const at = join(folder, 'hasty.sock');
  hasty.listen(at);
  await once(hasty, 'listening');
  const asked = 'GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n';
  /** The statuses that come until the connection ends, which may be while it is still written to. */
  const statuses = async (times: number) => {
    const socket = connect({ path: at });
    let text = '';
    socket.setEncoding('utf8').on('data', (piece) => {
      text += piece;
    });
    socket.on('error', () => socket.destroy());
    socket.write(`${one}\n${asked.repeat(times)}`);
    await new Promise((resolve) => socket.once('close', resolve));
    return [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);
  };
  // Who is reset loses what he has not read yet.
  expect((await statuses(50_000)).length).toBeLessThanOrEqual(4);
  expect([await statuses(1), lookedUp]).toEqual([[], 3]);
  await w.clock.advance(1_000);
  expect([await statuses(1), lookedUp]).toEqual([['503'], 3]);
  hasty.close();
});
