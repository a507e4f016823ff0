import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, elsewhere, entry, root, serve } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-trouble-'));
const made = join(folder, 'made');
beforeAll(async () => {
  built();
  expect(elsewhere(['account', 'create', 'lab', '--data', made])).toMatchObject({ status: 0 });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A data folder with a store in it. */
function copy(name: string): string {
  cpSync(made, join(folder, name), { recursive: true });
  return join(folder, name);
}

/** Ends with one line and this code. */
function ends(args: readonly string[], status: number, line: RegExp): void {
  const { stderr, ...rest } = elsewhere(['serve', '--port', '0', ...args]);
  expect({ ...rest, stderr }).toMatchObject({ status, stdout: '' });
  expect(stderr).toMatch(/^elsewhere: [^\n]+\n$/);
  expect(stderr).toMatch(line);
}

describe('a server that cannot start says why in one line, with an exit code of its own', () => {
  it('3: the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    ends(['--memory', '--port', String(port)], 3, /port \d+ of 127\.0\.0\.1 is in use/);
    ends(['--data', copy('port'), '--port', String(port)], 3, /is in use/);
    other.close();
  });

  it('3: the address is not of this computer', () => {
    ends(['--memory', '--auth', 'keys', '--host', '192.0.2.1'], 3, /cannot listen at 192\.0\.2\.1/);
  });

  it('4: the data folder cannot be used', () => {
    writeFileSync(join(folder, 'file'), '');
    ends(['--data', join(folder, 'file')], 4, /data folder .* cannot be used/);
    ends(['--data', join(folder, 'file', 'below')], 4, /data folder .* cannot be used/);
    const store = join(folder, 'no-file');
    mkdirSync(join(store, 'elsewhere.db'), { recursive: true });
    ends(['--data', store], 4, /elsewhere\.db/);
  });

  it('4: the key file is not one, or not the one of this store', () => {
    const data = copy('key');
    writeFileSync(join(data, 'secret.key'), 'not a key');
    ends(['--data', data], 4, /is not a key file/);
    writeFileSync(join(data, 'secret.key'), 'ab'.repeat(32));
    ends(['--data', data], 4, /is not the one that this store was made with/);
  });

  it('4: a folder that another user owns', () => {
    const data = copy('locked');
    chmodSync(data, 0o500);
    const nobody = { uid: 65534, gid: 65534 };
    const asOther = process.getuid?.() === 0 ? nobody : {};
    chmodSync(folder, 0o755);
    const run = spawnSync(process.execPath, [entry, '--port', '0', '--data', data], { encoding: 'utf8', ...asOther });
    chmodSync(data, 0o700);
    expect(run.stderr).toMatch(/^elsewhere: .*cannot be used \(EACCES\)[^\n]*\n$/);
    expect(run.status).toBe(4);
  });

  it('5: the database is damaged', () => {
    const data = copy('corrupt');
    writeFileSync(join(data, 'elsewhere.db'), 'this is no database. '.repeat(400));
    ends(['--data', data], 5, /not a database/);
  });

  it('6: another process serves it', async () => {
    const data = copy('served');
    const server = await serve(['--data', data]);
    ends(['--data', data], 6, /another process serves this store/);
    expect(elsewhere(['account', 'list', '--data', data])).toMatchObject({ status: 0 });
    server.process.kill();
    expect(await server.ended).toBe(0);
  });

  it('6: another program holds the database', async () => {
    const data = copy('held');
    const hold = `import Database from 'libsql';
      new Database(process.argv[1]).exec('begin exclusive');
      console.log('held');
      setInterval(() => undefined, 1_000);`;
    const args = ['--input-type=module', '-e', hold, join(data, 'elsewhere.db')];
    const holder = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    ends(['--data', data], 6, /another process holds the database/);
    holder.kill();
    await once(holder, 'exit');
    expect(elsewhere(['account', 'list', '--data', data])).toMatchObject({ status: 0 });
  });

  it('4: files may not grow', () => {
    // Files of this shell's children may have 16 KiB.
    const run = spawnSync(
      'sh',
      ['-c', 'ulimit -f 32; exec "$@"', 'sh', process.execPath, entry, '--port', '0', '--data', join(folder, 'small')],
      { encoding: 'utf8' },
    );
    expect(run.stderr).toMatch(/^elsewhere: [^\n]+\n$/);
    expect(run.status).toBe(4);
  });

  it('8: PostgreSQL is not there', () => {
    ends(['--database', 'postgres://somebody:hunter2@127.0.0.1:1/db'], 8, /^elsewhere: PostgreSQL: (?!.*hunter2)/);
  });

  it('9: a later program has written it', () => {
    const data = copy('new');
    const database = new Database(join(data, 'elsewhere.db'));
    database.exec('update meta set version = 99');
    database.close();
    ends(['--data', data], 9, /99/);
  });
});
