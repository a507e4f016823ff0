import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, elsewhere, serve } from './program.ts';
import { exchange, post } from './rawClient.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-commands-'));
const data = join(folder, 'data');
const home = { HOME: folder, XDG_DATA_HOME: join(folder, 'share') };
beforeAll(built);
afterAll(() => rmSync(folder, { recursive: true }));

/** A command that works: what it printed. */
function said(...args: readonly string[]): string {
  const { status, stdout, stderr } = elsewhere(args, home);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe('elsewhere', () => {
  it('tells its version and its commands', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(said('--version')).toBe(`${version}\n`);
    const help = said('--help');
    for (const command of ['serve', 'worker', 'account', 'key', 'env', 'doctor'])
      expect(help).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect(said('serve', '--help')).toContain('--region <NAME=DRIVER>');
  });
});

describe('a mistake gets one line and exit code 2', () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it.each([
    [['sevre'], {}, "there is no command 'sevre'"],
    [['serve', 'now'], {}, "too many arguments for 'serve'"],
    [['account'], {}, 'account needs a command; there are create, list'],
    [['key', 'burn'], {}, "there is no command 'key burn'"],
    [['account', 'create'], {}, "missing required argument 'name'"],
    [['--prot', '1'], {}, "unknown option '--prot' (Did you mean --port?)"],
    [['--port'], {}, "option '--port <PORT>' argument missing"],
    [[], { ELSEWHERE_PORT: '70000' }, "ELSEWHERE_PORT must be a whole number from 0 to 65535, not '70000'"],
    [['--auth', 'none'], {}, "--auth must be one of open, keys, keystone, not 'none'"],
    [['--memory', '--default-region', 'moon-1', '--port', '0'], {}, "--default-region: there is no region 'moon-1'"],
    [['--host', '0.0.0.0'], {}, '--auth open takes any key'],
    [['--database', 'mysql://u:hunter2@h/d'], {}, "--database must be a URL postgres://…, not '…'"],
    [['worker'], {}, 'worker needs --database'],
    [['account', 'list', '--memory'], {}, '--memory keeps no accounts'],
    [['account', 'create', 'x', '--id', '12', '--data', data], {}, 'An account id has 12 digits'],
    [['account', 'create', 'a\nb', '--data', data], {}, 'The name of an account'],
    [['key', 'create', '999999999999', '--data', data], {}, 'The account 999999999999 does not exist'],
    [['env', '--shell', 'zsh', '--memory'], {}, '--shell must be one of sh, fish, powershell, cmd'],
    [['--config', file('unknown.yaml', 'prot: 1')], {}, "has the unknown key 'prot'"],
  ])('%j %j', (args, env, line) => {
    const { status, stdout, stderr } = elsewhere(args, { ...home, ...env });
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: expect.stringContaining(line) });
    expect(stderr).toMatch(/^elsewhere: [^\n]+\n$/);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('accounts and keys', () => {
  it('are made, listed, rotated and disabled', () => {
    const id = said('account', 'create', 'lab', '--data', data).trim();
    expect(id).toMatch(/^\d{12}$/);
    expect(said('account', 'create', 'other', '--id', '123456789012', '--data', data)).toBe('123456789012\n');
    expect(said('account', 'list', '--data', data)).toMatch(new RegExp(`^ACCOUNT +NAME +CREATED\n${id} +lab +20`));
    const [, first] = /^AWS_ACCESS_KEY_ID=(AKIA[A-Z2-7]{16})\nAWS_SECRET_ACCESS_KEY=[\w+/]{40}\n$/.exec(
      said('key', 'create', id, '--data', data),
    )!;
    const [, second] = /AWS_ACCESS_KEY_ID=(\w+)/.exec(said('key', 'rotate', first!, '--data', data))!;
    const list = said('key', 'list', id, '--data', data);
    expect(list).toMatch(new RegExp(`${first} +${id} +inactive`));
    expect(list).toMatch(new RegExp(`${second} +${id} +active`));
    expect(elsewhere(['key', 'rotate', first!, '--data', data])).toMatchObject({ status: 2 });
    expect(said('key', 'list', '123456789012', '--data', data)).toBe('KEY  ACCOUNT  STATUS  CREATED\n');
    expect(said('key', 'disable', second!, '--data', data)).toBe(`${second} is disabled\n`);
    expect(said('key', 'list', '--data', data)).not.toMatch(/ active /);
  });

  it('are kept in files that only their user can read', () => {
    expect(statSync(data).mode & 0o777).toBe(0o700);
    expect(statSync(join(data, 'secret.key')).mode & 0o777).toBe(0o600);
  });
});

describe('env', () => {
  it('prints what a shell can run', () => {
    const out = spawnSync(
      'sh',
      [
        '-c',
        `eval "$1"; echo "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $EC2_URL $AWS_REGION"`,
        'sh',
        said('env', '--memory', '--port', '4600'),
      ],
      { encoding: 'utf8' },
    );
    expect(out.stdout).toBe('http://127.0.0.1:4600 test http://127.0.0.1:4600/ us-east-1\n');
    expect(said('env', '--memory', '--shell', 'fish')).toContain("set -gx AWS_REGION 'us-east-1'\n");
    expect(said('env', '--memory', '--shell', 'powershell')).toContain("$Env:AWS_REGION = 'us-east-1'\n");
    expect(said('env', '--memory', '--shell', 'cmd', '--host', '::')).toContain('set EC2_URL=http://[::1]:4566/\n');
  });

  it('gives the newest active key of the store, or the one that is named', () => {
    const folderOfEnv = join(folder, 'env');
    said('account', 'create', 'lab', '--id', '123456789012', '--data', folderOfEnv);
    const keyOf = (text: string): string => /KEY_ID='?(\w+)/.exec(text)![1]!;
    const one = keyOf(said('key', 'create', '123456789012', '--data', folderOfEnv));
    const two = keyOf(said('key', 'create', '123456789012', '--data', folderOfEnv));
    expect(keyOf(said('env', '--data', folderOfEnv))).toBe(two);
    expect(keyOf(said('env', '--data', folderOfEnv, '--key', one))).toBe(one);
    said('key', 'disable', two, '--data', folderOfEnv);
    expect(keyOf(said('env', '--data', folderOfEnv))).toBe(one);
    expect(elsewhere(['env', '--data', folderOfEnv, '--key', two])).toMatchObject({ status: 2 });
  });
});

describe('doctor', () => {
  it('finds nothing wrong, and changes nothing', () => {
    const fresh = join(folder, 'fresh');
    const out = said('doctor', '--data', fresh, '--port', '0');
    expect(out.match(/^ok /gm)).toHaveLength(6);
    expect(existsSync(fresh)).toBe(false);
  });

  it('says what is wrong, and what to do', async () => {
    const server = await serve(['--memory']);
    const { status, stdout } = elsewhere(['doctor', '--data', '/dev/null/x', '--port', String(server.port)]);
    server.process.kill();
    await server.ended;
    expect(status).toBe(1);
    expect(stdout).toMatch(/^PROBLEM {2}data folder: .*--data$/m);
    expect(stdout).toMatch(/^PROBLEM {2}port: .*use --port$/m);
  });
});

describe('real machines', () => {
  /** A search path with nothing on it but what is given: programs that say their version. */
  const pathOf = (name: string, programs: Readonly<Record<string, string>>): NodeJS.ProcessEnv => {
    const bin = join(folder, name);
    mkdirSync(bin);
    for (const [program, version] of Object.entries(programs))
      writeFileSync(join(bin, program), `#!/bin/sh\necho "QEMU emulator version ${version}"\n`, { mode: 0o700 });
    return { ...home, PATH: bin };
  };
  const hint = /QEMU is here: --region local-1=qemu makes a region of real machines\./;
  const bannerWith = async (env: NodeJS.ProcessEnv, ...args: readonly string[]) => {
    const server = await serve(['--memory', ...args], env);
    server.process.kill();
    await server.ended;
    return server.banner;
  };

  it('are named by the default start where QEMU is, with what copies disks', async () => {
    const both = pathOf('both', { 'qemu-system-x86_64': '8.2.1', 'qemu-img': '8.2.1' });
    expect(await bannerWith(both)).toMatch(hint);
    // Who has chosen regions has chosen.
    expect(await bannerWith(both, '--region', 'lab-1=simulator')).not.toMatch(hint);
    expect(await bannerWith(pathOf('no-img', { 'qemu-system-x86_64': '8.2.1' }))).not.toMatch(hint);
    expect(await bannerWith(pathOf('no-system', { 'qemu-img': '8.2.1' }))).not.toMatch(hint);
    expect(await bannerWith(pathOf('none', {}))).not.toMatch(hint);
  });

  it('are looked into by the doctor: what is missing, and what to do', () => {
    const asked = (env: NodeJS.ProcessEnv) =>
      elsewhere(['doctor', '--region', 'lab=qemu', '--data', join(folder, 'lab'), '--port', '0'], env);
    const old = asked(pathOf('old', { 'qemu-system-x86_64': '5.2.0' }));
    expect(old.status).toBe(1);
    expect(old.stdout).toMatch(/^PROBLEM {2}lab: qemu-system-x86_64: 5\.2\.0: too old; install 7\.2 or later$/m);
    expect(old.stdout).toMatch(/^PROBLEM {2}lab: qemu-img: not there: install it \(Debian: .*qemu-utils\)$/m);
    const well = asked(pathOf('well', { 'qemu-system-x86_64': '8.2.1', 'qemu-img': '8.2.1' }));
    expect(well.stdout).toMatch(/^ok {7}lab: acceleration: tcg: .* To have them, \S/m);
    expect(existsSync(join(folder, 'lab'))).toBe(false);
  });
});

describe('options', () => {
  it('count from the command line, then the environment, then the file', async () => {
    const config = join(folder, 'all.yaml');
    writeFileSync(
      config,
      'memory: true\nregion: { lab-1: simulator, lab-2: simulator }\ndefault-region: lab-2\nlog-level: silent\nquotas: { instances: 3 }\n',
    );
    const zones = async (args: string[], env = {}) => {
      const server = await serve(['--config', config, ...args], env);
      const answer = await exchange(
        server.port,
        post('Action=DescribeRegions&Version=2016-11-15').replace('us-east-1', args[1] ?? 'lab-1'),
      );
      server.process.kill();
      await server.ended;
      return { region: /region +(.*)/.exec(server.banner)?.[1], names: answer?.body.match(/(?<=<regionName>)[^<]+/g) };
    };
    expect(await zones([])).toEqual({ region: 'lab-2 (and 1 more)', names: ['lab-1', 'lab-2'] });
    expect((await zones([], { ELSEWHERE_DEFAULT_REGION: 'lab-1' })).region).toBe('lab-1 (and 1 more)');
    expect((await zones(['--default-region', 'lab-2'], { ELSEWHERE_DEFAULT_REGION: 'lab-1' })).region).toBe(
      'lab-2 (and 1 more)',
    );
    expect((await zones([], { ELSEWHERE_REGION: 'lab-3=simulator', ELSEWHERE_DEFAULT_REGION: 'lab-3' })).region).toBe(
      'lab-3',
    );
  });
});
