import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { exchange, post } from './rawClient.ts';
import { type Running, startServer } from './server.ts';

let server: Running;
let storeIsDown = false;
beforeAll(async () => {
  const store = await openSqlite({ file: ':memory:' });
  const ifUp = async <T>(work: () => Promise<T>): Promise<T> => {
    if (storeIsDown) throw new Error('the database is away');
    return work();
  };
  const operations = { ...store.operations, pending: () => ifUp(() => store.operations.pending()) };
  server = await startServer({ store: { ...store, operations, ping: () => ifUp(() => store.ping()) } });
});
afterAll(() => server.close());

const page = async (path: string, init?: RequestInit) => {
  const answer = await fetch(server.endpoint + path, init);
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
};

describe('/healthz', () => {
  it('says that the process lives', async () => {
    expect(await page('/healthz')).toEqual({ status: 200, type: 'application/json', text: '{"status":"ok"}\n' });
  });

  it('is a page for GET and HEAD', async () => {
    expect(await page('/healthz', { method: 'POST', body: 'x' })).toMatchObject({ status: 405 });
    expect(await exchange(server.port, 'HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n', true)).toMatchObject({
      status: 200,
    });
  });
});

describe('/readyz', () => {
  it('is ready when the store and the clouds answer', async () => {
    const { status, text } = await page('/readyz');
    expect([status, JSON.parse(text)]).toEqual([
      200,
      { status: 'ok', checks: { store: 'ok', 'driver simulator': 'ok' } },
    ]);
  });

  it('is not ready when the store does not answer, and is again when it does', async () => {
    storeIsDown = true;
    const { status, text } = await page('/readyz');
    expect([status, JSON.parse(text).checks.store]).toEqual([503, 'the database is away']);
    expect((await page('/metrics')).text).not.toMatch(/^elsewhere_operations_pending \d/m);
    storeIsDown = false;
    expect((await page('/readyz')).status).toBe(200);
  });

  it('is not ready when the server is stopping', async () => {
    server.state.stopping = true;
    const { status, text } = await page('/readyz');
    server.state.stopping = false;
    expect([status, JSON.parse(text).checks.server]).toEqual([503, 'stopping']);
  });
});

describe('/metrics', () => {
  /** A sample or a comment of Prometheus' text format. */
  const line =
    /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{(?:\w+="[^"\n]*",?)*\})? (?:[-+]?(?:[\d.]+(?:e[-+]?\d+)?|Inf)|NaN))$/;

  it('is Prometheus’ text, with the requests counted', async () => {
    await exchange(server.port, post('Action=DescribeRegions&Version=2016-11-15'));
    const { type, text } = await page('/metrics');
    expect(type).toContain('text/plain');
    expect(
      text
        .trimEnd()
        .split('\n')
        .filter((each) => each !== '' && !line.test(each)),
    ).toEqual([]);
    expect(text).toContain('elsewhere_requests_total{service="ec2",action="DescribeRegions",code=""} 1');
    expect(text).toMatch(/elsewhere_request_seconds_bucket\{le="0.001",action="DescribeRegions"\} \d/);
    expect(text).toContain('elsewhere_operations_running 0');
  });

  it('has no label that a client chooses', async () => {
    // Our own meters: Node's grow by themselves, when a kind of garbage collection happens for the first time.
    const meters = async () =>
      (await page('/metrics')).text.split('\n').filter((line) => line.startsWith('elsewhere_')).length;
    const before = await meters();
    for (let i = 0; i < 30; i++) {
      await exchange(server.port, post(`Action=Action${i}&Version=2016-11-15`));
      await exchange(server.port, post(`Action=Action${i}&Version=${i}`));
      await exchange(
        server.port,
        `GET /?Action=A${i}&Version=2016-11-15 HTTP/1.1\r\nHost: x\r\nAuthorization: ${i}\r\n\r\n`,
      );
      await exchange(server.port, `X${i} /${i} HTTP/1.1\r\nHost: x\r\n\r\n`);
    }
    const after = await meters();
    // One counter for each of three codes, and the nine lines of one histogram: however many names were sent.
    expect(after - before).toBe(3 + 9);
  });
});
