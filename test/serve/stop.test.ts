import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, type Program, serve } from './program.ts';
import { anyCredential, exchange, post, RawClient } from './rawClient.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-stop-'));
beforeAll(built);
afterAll(() => rmSync(folder, { recursive: true }));

const volumes = 'Action=DescribeVolumes&Version=2016-11-15';
const create = 'Action=CreateVolume&Version=2016-11-15&AvailabilityZone=us-east-1a&Size=1';

/** A request of which the last byte is still to come. */
async function begun(server: Program, form: string): Promise<{ readonly client: RawClient; readonly rest: string }> {
  const client = await RawClient.to(server.port);
  client.send(
    `POST / HTTP/1.1\r\nHost: x\r\n${anyCredential}Content-Length: ${form.length}\r\n\r\n${form.slice(0, -1)}`,
  );
  // The server has read it once it has answered another.
  await exchange(server.port, post(volumes));
  return { client, rest: form.slice(-1) };
}

/** Resolves once the server takes no connection any more. */
async function refusesConnections(server: Program): Promise<void> {
  await expect
    .poll(() =>
      RawClient.to(server.port).then(
        (c) => c.close(),
        (e: NodeJS.ErrnoException) => e.code,
      ),
    )
    .toBe('ECONNREFUSED');
}

describe('a signal to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: what is in flight is answered, nothing new is taken, and it ends with 0',
    async (signal) => {
      const server = await serve(['--memory']);
      const idle = await RawClient.to(server.port);
      idle.send(post(volumes));
      await idle.answer();
      const { client, rest } = await begun(server, create);
      server.process.kill(signal);
      await refusesConnections(server);
      idle.socket.end();
      await idle.ended;
      client.send(rest);
      const answer = await client.answer();
      expect(answer).toMatchObject({
        status: 200,
        headers: { connection: 'close' },
        body: expect.stringContaining('<volumeId>vol-'),
      });
      client.close();
      expect(await server.ended).toBe(0);
      expect(server.stderr()).toContain('"msg":"stopped"');
    },
  );

  it('leaves operations where they are, and the next start finishes them', async () => {
    const config = join(folder, 'slow.yaml');
    writeFileSync(config, 'simulator: { delays: { volume: 2000 } }\n');
    const args = ['--data', join(folder, 'data'), '--config', config];
    const server = await serve(args);
    const made = await Promise.all(Array.from({ length: 20 }, () => exchange(server.port, post(create))));
    const ids = made.map((answer) => /<volumeId>(.*?)</.exec(answer!.body)![1]!);
    const states = async (at: Program) => {
      const body = (await exchange(at.port, post(volumes)))!.body;
      return ids.map((id) => new RegExp(`<volumeId>${id}</volumeId>.*?<status>(\\w+)<`).exec(body)?.[1]);
    };
    expect(new Set(await states(server))).toEqual(new Set(['creating']));
    const began = Date.now();
    server.process.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(Date.now() - began).toBeLessThan(1_900);
    const again = await serve(args);
    await expect.poll(() => states(again), { timeout: 10_000 }).toEqual(ids.map(() => 'available'));
    again.process.kill('SIGTERM');
    expect(await again.ended).toBe(0);
  });

  it('twice: it ends at once', async () => {
    const server = await serve(['--memory']);
    const { client } = await begun(server, create);
    server.process.kill('SIGTERM');
    await refusesConnections(server);
    server.process.kill('SIGTERM');
    expect(await server.ended).toBe('SIGTERM');
    client.close();
  });

  it('ends a server in virtual time too, whose banner said how it runs', async () => {
    const server = await serve(['--memory', '--time', 'virtual', '--auth', 'keys']);
    expect(server.banner).toMatch(/Elsewhere \d+\.\d+\.\d+ is ready\./);
    expect(server.banner).toContain('keys      of accounts made with: elsewhere account create');
    expect(server.banner).toContain('data      nowhere (--memory)');
    server.process.kill('SIGTERM');
    await once(server.process, 'exit');
    expect(server.process.exitCode).toBe(0);
  });
});
