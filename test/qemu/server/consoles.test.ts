import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginsAt, kept } from '../../../src/drivers/qemu/machines/consoleLog.ts';
import { elsewhere } from '../../serve/program.ts';
import { RealServer, region, until } from '../support/server.ts';
import { Session } from '../support/session.ts';

const server = new RealServer();
const sessions: Session[] = [];
/** A program called ssh that tells what it is told, and what it reads. */
const programs = join(server.data, 'programs');
const withSsh = { PATH: `${programs}:${process.env.PATH}` };
let id: string;

const begun = <T extends Session>(session: T): T => {
  sessions.push(session);
  return session;
};
const command = (name: string, ...more: readonly string[]) =>
  begun(Session.elsewhere([name, id, '--data', server.data, ...more], withSsh));
const atTerminal = (words: string) => begun(Session.terminal(words));
const typed = () => `$ELSEWHERE console ${id} --data ${server.data}`;
const machineFile = (name: string) => join(server.data, 'qemu', region, 'machines', id, name);

beforeAll(async () => {
  mkdirSync(programs);
  writeFileSync(join(programs, 'ssh'), '#!/bin/sh\nprintf "<%s>\\n" "$@"\ncat\nexit 7\n', { mode: 0o755 });
  const image = server.importedGuest();
  await server.start();
  id = await server.launch({ ImageId: image });
  await server.says(id, /guest: ready/);
});
afterAll(async () => {
  for (const { child } of sessions) child.kill('SIGKILL');
  await server.close();
});

it('an instance that is not there is told in one line', () => {
  for (const name of ['console', 'logs', 'ssh'])
    for (const none of ['i-0123456789abcdef0', '../images'])
      expect(elsewhere([name, none, '--data', server.data])).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringMatching(new RegExp(`^elsewhere: the region local-1 has no instance ${none} .*\n$`)),
      });
});

it('the console carries what a program writes and what the machine says, to one at a time', async () => {
  const first = command('console');
  first.type('say one plus one is $((1+1))\n');
  await first.says(/guest: one plus one is 2/);
  await command('console').ends(
    11,
    `elsewhere: somebody else has the console of ${id}: it has one user at a time (elsewhere logs -f ${id} only reads)`,
  );
  first.child.stdin!.end('say the input is over\n');
  await first.says(/guest: the input is over/);
  first.child.kill('SIGTERM');
  await first.ends(143);
  const second = command('console');
  second.type('say again\n');
  await second.says(/guest: again/);
  second.child.kill('SIGINT');
  await second.ends(130);
});

it('of two who want the console at the same time one is told', async () => {
  const both = [command('console'), command('console')];
  const ends = Promise.race(both.map(async (one) => ({ one, how: await one.ended })));
  const { one, how } = await ends;
  expect([how, one.stderr]).toEqual([11, expect.stringContaining('somebody else has the console')]);
  const other = both.find((each) => each !== one)!;
  other.type('say mine\n');
  await other.says(/guest: mine/);
  other.child.kill('SIGTERM');
  await other.ends(143);
});

it('a QEMU that does not answer is told', async () => {
  const [pid] = await server.pids();
  process.kill(pid!, 'SIGSTOP');
  try {
    await command('console').ends(11, `elsewhere: the QEMU of ${id} does not answer`);
  } finally {
    process.kill(pid!, 'SIGCONT');
  }
});

it('a terminal is as it was, after Ctrl-] and after a signal', async () => {
  const left = atTerminal(`stty -g; ${typed()}; echo "code $?"; stty -g`);
  await left.says(/Ctrl-\] ends it/);
  left.type('say typed\r');
  await left.says(/guest: typed/);
  left.type('\x1d');
  await left.says(/code 0\s+\S+:\S+/);
  const killed = atTerminal(`stty -g; sh -c 'echo "pid $$"; exec ${typed()}'; echo "code $?"; stty -g`);
  await killed.says(/Ctrl-\] ends it/);
  process.kill(Number((await killed.says(/pid (\d+)/))[1]), 'SIGHUP');
  await killed.says(/code 129\s+\S+:\S+/);
  for (const session of [left, killed]) {
    expect(await session.ended).toBe(0);
    const modes = session.stdout.match(/^[0-9a-f]+(:[0-9a-f]+){10,}/gm)!;
    expect([modes.length, modes[0]]).toEqual([2, modes[1]]);
  }
});

it('a log is printed, and followed over a cut', async () => {
  const { status, stdout } = elsewhere(['logs', id, '--data', server.data]);
  expect([status, stdout]).toEqual([0, expect.stringMatching(/guest: up i-[\s\S]*guest: ready[\s\S]*guest: typed/)]);
  const followed = command('logs', '-f');
  await followed.says(/guest: typed/);
  const flood = command('console');
  // More than is kept until it is cut. The tests wait for `ready` where the console was cut, too.
  flood.type("seq 100000 200000 | sed 's/.*/<number &>/'; say flooded\n");
  await followed.says(/guest: flooded/);
  await until(
    async () => statSync(machineFile('console.log')),
    (stats) => stats.size - beginsAt(stats) < kept.fileBytes,
  );
  flood.type('say ready after the flood\n');
  await followed.says(/guest: ready after the flood/);
  flood.child.kill('SIGTERM');
  await flood.ends(143);
  followed.child.kill('SIGINT');
  await followed.ends(0);
  const numbers = [...followed.stdout.matchAll(/<number (\d{6})>/g)].map(([, number]) => Number(number));
  expect(numbers.length).toBeGreaterThan(kept.bytes / 20);
  expect([numbers[0], numbers.at(-1)]).toEqual([100_000, 200_000]);
  expect(numbers.filter((number, at) => at > 0 && number <= numbers[at - 1]!)).toEqual([]);
});

it('a log that nobody reads any more ends', async () => {
  const followed = command('logs', '-f');
  await followed.says(/guest: ready after the flood/);
  followed.child.stdout!.destroy();
  await server.run(id, 'echo something new');
  await followed.ends(0);
});

it('ssh is told where the machine is, and its streams and exit code are its own', async () => {
  const refused = `elsewhere: no security group of ${id} lets in port 22 (from 203.0.113.1, which is this computer)`;
  await command('ssh').ends(11, refused);
  const Filters = [{ Name: 'group-name', Values: ['default'] }];
  const { SecurityGroups } = await server.ec2.send(new sdk.DescribeSecurityGroupsCommand({ Filters }));
  const permission = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '203.0.113.1/32' }] };
  const allowed = { GroupId: SecurityGroups![0]!.GroupId!, IpPermissions: [permission] };
  await server.ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand(allowed));
  await server.run(id, 'mkdir -p /www; echo the page > /www/index.html; httpd -p 22 -h /www');
  await loggedIn();
  expect(
    elsewhere(['ssh', id, '--data', server.data], { PATH: join(server.data, 'qemu') }),
    'without an ssh',
  ).toMatchObject({ status: 2, stderr: expect.stringMatching(/^elsewhere: ssh is not there: install .*\n$/) });
});

/** Runs ssh, and reads the page at the place that it is told. */
async function loggedIn(): Promise<void> {
  const session = command('ssh', '-l', 'admin', '--', '-v', 'uname', '-a');
  session.child.stdin!.end('the input');
  await session.ends(7);
  const { PublicIpAddress } = await server.instance(id);
  const told = session.stdout.replace(/^<(\d+)>$/m, '<PORT>');
  const known = `<UserKnownHostsFile="${machineFile('known_hosts')}">`;
  const words = ['-o', 'HostKeyAlias=', '-o', 'StrictHostKeyChecking=accept-new', '-p', 'PORT', '-l', 'admin'];
  const wanted = words.map((word) => `<${word === 'HostKeyAlias=' ? word + id : word}>`);
  expect(told.split('\n')).toEqual([
    ...['<-o>', known, ...wanted, `<${PublicIpAddress}>`],
    ...['<-v>', '<uname>', '<-a>', 'the input'],
  ]);
  const [, port] = /^<(\d+)>$/m.exec(session.stdout)!;
  expect((await readAt(PublicIpAddress!, port!)).trim()).toBe('the page');
}

/** What HTTP answers at a port, also at one that `fetch` does not go to. */
async function readAt(host: string, port: string): Promise<string> {
  const [answer] = (await once(get({ host, port, timeout: 20_000 }), 'response')) as [IncomingMessage];
  return text(answer);
}

it('needs no server', async () => {
  await server.kill();
  const console = command('console');
  console.type('say without a server\n');
  await console.says(/guest: without a server/);
  console.child.kill('SIGTERM');
  await console.ends(143);
  const session = command('ssh');
  session.child.stdin!.end();
  await session.ends(7);
  await server.start();
});

it('a machine that goes off ends its console; its log is followed into the next boot, and to its end', async () => {
  const followed = command('logs', '-f');
  const open = atTerminal(`${typed()}; echo "code $?"; stty -a`);
  await open.says(/Ctrl-\] ends it/);
  open.type('say good night; poweroff -f\r');
  await open.says(new RegExp(`guest: good night[\\s\\S]*elsewhere: ${id} has gone off\\s+code 0[\\s\\S]* icanon`));
  await server.inState(id, 'stopped');
  await command('console').ends(
    11,
    `elsewhere: ${id} is off: it has no console now (elsewhere logs ${id} prints what it wrote)`,
  );
  await command('ssh').ends(11, `elsewhere: ${id} is off`);
  expect(elsewhere(['logs', id, '--data', server.data]).stdout).toContain('guest: good night');
  await server.ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  await followed.says(/guest: good night[\s\S]*guest: up i-[\s\S]*guest: ready/);
  await server.ec2.send(new sdk.RebootInstancesCommand({ InstanceIds: [id] }));
  await followed.says(/guest: good night[\s\S]*guest: ready[\s\S]*guest: up i-[\s\S]*guest: ready/);
  await server.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
  await followed.ends(0, `elsewhere: ${id} is terminated`);
});
