import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyCredential, exchange, post, RawClient } from './rawClient.ts';
import { type Running, startServer } from './server.ts';

const regions = 'Action=DescribeRegions&Version=2016-11-15';
let server: Running;
beforeAll(async () => {
  const limits = { headersMs: 300, requestMs: 600, checkMs: 50, idleMs: 3_000, bodyBytes: 20_000, headerBytes: 8_192 };
  server = await startServer({ limits });
});
afterAll(() => server.close());

const code = (body: string | undefined): string | undefined => /<Code>(.*?)<\/Code>/.exec(body ?? '')?.[1];
const idIn = (body: string): string | undefined => /<(?:requestId|RequestID|RequestId)>(.*?)</.exec(body)?.[1];

/** The answer to a request, after checks that hold for every answer. */
async function ask(text: string | Buffer, bodiless = false) {
  const answer = await exchange(server.port, text, bodiless);
  if (answer === undefined) throw new Error('no answer');
  const id = answer.headers['x-amzn-requestid'];
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  if (!bodiless) expect(idIn(answer.body)).toBe(id);
  await expect.poll(() => server.lines.filter((line) => line.requestId === id)).toMatchObject([{ message: 'request' }]);
  return { ...answer, code: code(answer.body) };
}

describe('a request', () => {
  it('is answered at every path of EC2 that tools know, by POST and by GET', async () => {
    expect(await ask(post(regions))).toMatchObject({ status: 200, body: expect.stringContaining('us-east-1') });
    for (const path of ['/', '/services/Cloud', '/services/compute/']) {
      const get = `GET ${path}?${regions} HTTP/1.1\r\nHost: localhost:4566\r\n${anyCredential}\r\n`;
      expect(await ask(get)).toMatchObject({ status: 200, headers: { 'content-type': 'text/xml;charset=UTF-8' } });
    }
  });

  it('may name its target in full', async () => {
    const get = `GET http://127.0.0.1?${regions} HTTP/1.1\r\nHost: ignored.example\r\n${anyCredential}\r\n`;
    expect((await ask(get)).status).toBe(200);
    const foreign = `GET http://evil.example/?${regions} HTTP/1.1\r\nHost: 127.0.0.1\r\n${anyCredential}\r\n`;
    expect(await ask(foreign)).toMatchObject({ status: 403, code: 'AuthFailure' });
  });

  it('may come in chunks, slowly, and with a connection that is half closed behind it', async () => {
    const client = await RawClient.to(server.port);
    client.send(`POST / HTTP/1.1\r\nHost: x\r\n${anyCredential}Transfer-Encoding: chunked\r\n\r\n`);
    for (const piece of [regions.slice(0, 10), regions.slice(10)]) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      client.send(`${piece.length.toString(16)}\r\n${piece}\r\n`);
    }
    client.socket.end('0\r\n\r\n');
    expect(await client.answer()).toMatchObject({ status: 200 });
    client.close();
  });

  it('at another path, or with another method, is refused', async () => {
    expect(await ask('GET /nope HTTP/1.1\r\nHost: x\r\n\r\n')).toMatchObject({ status: 404, code: 'InvalidAction' });
    for (const method of ['PUT', 'OPTIONS', 'DELETE', 'PATCH']) {
      const answer = await ask(`${method} / HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(answer).toMatchObject({ status: 405, code: 'UnsupportedProtocol', headers: { allow: 'GET, POST' } });
    }
    expect(await ask(`HEAD /?${regions} HTTP/1.1\r\nHost: x\r\n\r\n`, true)).toMatchObject({ status: 405, body: '' });
  });
});

describe('a connection on which nothing comes', () => {
  // Only its silence can end it before the test does.
  const limits = { headersMs: 600_000, requestMs: 600_000, checkMs: 50, idleMs: 200 };

  it.each([
    ['at all', ''],
    ['after the half of a header', 'POST / HTTP/1.1\r\nHo'],
    ['after the half of a body', `POST / HTTP/1.1\r\nHost: x\r\n${anyCredential}Content-Length: 50\r\n\r\nAction=`],
  ])('%s, is closed', async (_, sent) => {
    const patient = await startServer({ limits });
    const client = await RawClient.to(patient.port);
    if (sent !== '') client.send(sent);
    // The server ends it, and answers nothing.
    expect(await client.answer()).toBeUndefined();
    expect(client.text).toBe('');
    client.close();
    await patient.close();
  });
});

describe('several requests on one connection', () => {
  it('are answered in their order', async () => {
    const client = await RawClient.to(server.port);
    client.send(post(regions) + post('Action=Nope&Version=2016-11-15') + post(regions));
    expect([await client.answer(), await client.answer(), await client.answer()].map((a) => a?.status)).toEqual([
      200, 400, 200,
    ]);
    client.close();
  });

  it('are answered as far as they can be read, and nothing is said in their place', async () => {
    const client = await RawClient.to(server.port);
    client.send(`${post(regions)}this is not HTTP\r\n\r\n`);
    expect(await client.answer()).toMatchObject({ status: 200 });
    client.socket.end();
    await client.ended;
    expect(client.text).toBe('');
  });
});

describe('a body that is too large', () => {
  const large = (bytes: number, headers = '') =>
    `POST / HTTP/1.1\r\nHost: x\r\n${anyCredential}Content-Length: ${bytes}\r\n${headers}\r\n`;

  it('is refused unread, with an answer that arrives although the client goes on sending', async () => {
    const client = await RawClient.to(server.port);
    client.send(large(5_000_000));
    client.send(Buffer.alloc(5_000_000, 'a'));
    const answer = await client.answer();
    expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
    expect(code(answer?.body)).toBe('RequestEntityTooLarge');
    client.close();
  });

  it('is refused in chunks too', async () => {
    const client = await RawClient.to(server.port);
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = `4e20\r\n${'a'.repeat(20_000)}\r\n`;
    client.send(chunk + chunk);
    expect(await client.answer()).toMatchObject({ status: 413, headers: { connection: 'close' } });
    client.close();
  });

  it('is not asked for when the client waits to be asked', async () => {
    expect(await ask(large(5_000_000, 'Expect: 100-continue\r\n'))).toMatchObject({ status: 413 });
    const client = await RawClient.to(server.port);
    client.send(large(regions.length, 'Expect: 100-continue\r\n'));
    expect(await client.answer()).toMatchObject({ status: 100 });
    client.send(regions);
    expect(await client.answer()).toMatchObject({ status: 200 });
    client.close();
    expect((await ask(post(regions, 'Expect: the-moon\r\n'))).status).toBe(200);
  });
});

describe('what is not a request', () => {
  it.each([
    ['bytes', Buffer.from([0, 1, 2, 255, 13, 10, 13, 10]), 400, 'MalformedQueryString'],
    ['another protocol', 'GET / FTP/1.1\r\n\r\n', 400, 'MalformedQueryString'],
    ['a wrong length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n', 400, 'MalformedQueryString'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'MalformedQueryString',
    ],
    [
      'broken chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
      'MalformedQueryString',
    ],
    ['a huge query', `GET /?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'RequestEntityTooLarge'],
    ['huge headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'RequestEntityTooLarge'],
    ['headers that never end', 'GET / HTTP/1.1\r\nHost: x\r\n', 408, 'RequestTimeout'],
    ['a body that never ends', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab', 408, 'RequestTimeout'],
  ])('%s: is answered, and the connection ends', async (_, bytes, status, expected) => {
    const client = await RawClient.to(server.port);
    client.send(bytes);
    const answer = await client.answer();
    expect(answer?.status).toBe(status);
    expect(code(answer?.body)).toBe(expected);
    const id = answer?.headers['x-amzn-requestid'];
    expect(idIn(answer?.body ?? '')).toBe(id);
    expect(server.lines.filter((line) => line.requestId === id)).toHaveLength(1);
    client.socket.end();
    await client.ended;
  });

  it('headers that drip do not hold a connection', async () => {
    const client = await RawClient.to(server.port);
    client.send('GET / HTTP/1.1\r\nHost: x\r\n');
    const drip = setInterval(() => client.send('X-A: b\r\n'), 50);
    expect(await client.answer()).toMatchObject({ status: 408 });
    clearInterval(drip);
    client.close();
  });
});

describe('a client that hangs up', () => {
  it('before its request is whole costs nothing', async () => {
    for (const part of ['POST', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nAction=']) {
      const client = await RawClient.to(server.port);
      client.send(part);
      await new Promise((resolve) => setTimeout(resolve, 20));
      client.close();
      await client.ended;
    }
    expect((await ask(post(regions))).status).toBe(200);
  });

  it('before its answer costs nothing', async () => {
    for (let i = 0; i < 20; i++) {
      const client = await RawClient.to(server.port);
      client.send(post('Action=DescribeInstanceTypes&Version=2016-11-15'));
      if (i % 2 === 0) await once(client.socket, 'data');
      client.socket.resetAndDestroy();
    }
    expect((await ask(post(regions))).status).toBe(200);
    expect(server.lines.filter((line) => line.level === 'error')).toEqual([]);
  });
});

describe('a web page', () => {
  const get = (headers: string) => `GET /?${regions} HTTP/1.1\r\n${anyCredential}${headers}\r\n`;

  it.each([
    ['sent from another site', 'Host: 127.0.0.1\r\nOrigin: https://evil.example\r\n'],
    ['sent without telling from where', 'Host: 127.0.0.1\r\nOrigin: null\r\n'],
    ['of a browser', 'Host: localhost\r\nSec-Fetch-Site: cross-site\r\n'],
    ['whose name was made to point here', 'Host: evil.example:4566\r\n'],
    ['whose name looks like an address', 'Host: 127.0.0.1.evil.example\r\n'],
  ])('%s: is refused in open mode', async (_, headers) => {
    expect(await ask(get(headers))).toMatchObject({ status: 403, code: 'AuthFailure' });
  });

  it.each(['127.0.0.1:4566', '[::1]:4566', 'localhost', 'elsewhere', 'ec2.us-east-1.localhost:4566', 'lab.internal'])(
    'is not suspected behind the host %s',
    async (host) => {
      expect((await ask(get(`Host: ${host}\r\n`))).status).toBe(200);
    },
  );
});

describe('a request for another protocol', () => {
  const upgrade = (name: string) => `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${name}\r\n`;
  const webSocket = `${upgrade('websocket')}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`;
  const console = 'GET /_elsewhere/console/i-0123456789abcdef0 HTTP/1.1\r\nHost: 127.0.0.1\r\n';

  it('that is not spoken here is answered as one for none, and so are those behind it', async () => {
    const client = await RawClient.to(server.port);
    const java = post(regions).replace('\r\n', `\r\n${upgrade('h2c')}`);
    client.send(java + post(regions));
    for (const answer of [await client.answer(), await client.answer()])
      expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('us-east-1') });
    client.close();
    expect(await ask(`GET /?${regions} HTTP/1.1\r\nHost: x\r\n${anyCredential}${webSocket}\r\n`)).toMatchObject({
      status: 200,
    });
  });

  it('is needed for a console, and refused in one line', async () => {
    expect(await exchange(server.port, `${console}\r\n`)).toMatchObject({
      status: 426,
      headers: { upgrade: 'websocket' },
    });
    const refused = await exchange(server.port, `${console}${webSocket}\r\n`);
    expect(refused).toMatchObject({ status: 404, body: "The instance ID 'i-0123456789abcdef0' does not exist\n" });
    const id = refused!.headers['x-amzn-requestid'];
    await expect.poll(() => server.lines.filter((line) => line.requestId === id)).toMatchObject([{ status: 404 }]);
    const page = `${console}Origin: https://evil.example\r\n${webSocket}\r\n`;
    expect(await exchange(server.port, page)).toMatchObject({ status: 403 });
  });
});

describe('the log', () => {
  it('holds no secret, no signature and no text of a client', async () => {
    await ask(post('Action=MyOwnAction&Version=2016-11-15&Secret=hunter2'));
    const lines = JSON.stringify(server.lines);
    for (const word of ['hunter2', 'Signature=', 'AWS4-HMAC', 'MyOwnAction']) expect(lines).not.toContain(word);
  });
});
