import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, entry } from '../serve/program.ts';
import { bed as described, pairOfTheGuide } from './support/bed.ts';
import { freePort } from './support/freePort.ts';
import { portsOf, serversNamed } from './support/life.ts';
import { ask, logIn } from './support/session.ts';

const bed = described(pairOfTheGuide);
const { demo, elsewhere: service } = bed.users;
const page = readFileSync(fileURLToPath(new URL('../../docs/guides/openstack.md', import.meta.url)), 'utf8');
const fences = [...page.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language, text]) => ({ language, text: text! }));
const blocks = fences.filter(({ language }) => language === 'sh').map(({ text }) => text);
/** What an administrator types, which no user's shell can run. */
const administration = fences.filter(({ language }) => language === '').map(({ text }) => text);

/** What stands in sentences and begins as a command does. */
const inSentences = [...page.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)]
  .map((match) => match[1]!.replaceAll(/\s+/g, ' '))
  .filter((code) => /^(euca-|(\w+=\S+ )*(openstack|aws|elsewhere|npm|npx|node|curl|eval|kill|sh|bash) )/.test(code));

/** Of a page: aws-cli and openstack take seconds to start, and the waiters look every quarter of a minute. */
const patienceMs = 900_000;

/** Runs shell text as the user of a cloud of clouds.yaml. What it says at file descriptor 3 is kept apart. */
async function shell(text: string, cloud: string, cwd: string, more: NodeJS.ProcessEnv = {}) {
  const own = Object.entries(process.env).filter(([name]) => !/^(ELSEWHERE|AWS|OS|EC2)_/.test(name));
  const env = { ...Object.fromEntries(own), OS_CLIENT_CONFIG_FILE: bed.cloudsYaml, OS_CLOUD: cloud, ...more };
  const child = spawn('bash', ['-c', text], { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true });
  const heard = ['', '', ''];
  for (const at of [1, 2, 3] as const)
    (child.stdio[at] as Readable).setEncoding('utf8').on('data', (part: string) => {
      heard[at - 1] += part;
    });
  // The shell and all that it started.
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGTERM'), patienceMs - 60_000);
  const [status] = await once(child, 'close');
  clearTimeout(timer);
  return { status, said: `${heard[0]}\n${heard[1]}`.slice(-4_000), blocks: heard[2]! };
}

let folder: string;
beforeAll(() => {
  built();
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-guide-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Every block in order in one shell, as a reader would type it. Each says its number when all its commands succeeded.
 * Whatever happens, the server that the page starts is ended, and what the page makes is deleted.
 */
async function runPage() {
  const leave = [
    // Those that have a port; the alias of the page is not there yet when this is read.
    `eval 'aws ec2 terminate-instances --instance-ids "$ID" && aws ec2 wait instance-terminated --instance-ids "$ID"' 2>&4 || true`,
    'kill "$SERVER" 2>&4 || true',
    'openstack image delete "$IMAGE" 2>&4 || true',
    'openstack image delete theirs 2>&4 || true',
    'openstack application credential delete elsewhere 2>&4 || true',
    'openstack server delete --wait "$ID" 2>&4 || true',
    'openstack floating ip delete "$IP" 2>&4 || true',
    'openstack security group delete web 2>&4 || true',
    'openstack volume snapshot delete "$SNAPSHOT" 2>&4 || true',
    'openstack volume delete "$VOLUME" 2>&4 || true',
    'openstack ec2 credentials delete "$access" 2>&4 || true',
  ];
  const script = [
    'set -eE -o pipefail; shopt -s expand_aliases; exec 4>/dev/null',
    `alias elsewhere='${process.execPath} ${entry}'`,
    `leave() { ${leave.join('; ')}; }; trap 'leave' ERR`,
    ...blocks.map((block, i) => `${block}\necho "block ${i + 1} done" >&3; echo "ID $ID" >&3`),
  ].join('\n');
  const env = { ELSEWHERE_PORT: String(await freePort()), ELSEWHERE_DATA: join(folder, 'data'), AWS_PAGER: '' };
  return shell(script, demo.name, folder, env);
}

describe('the guide', () => {
  it('has no command that nobody runs: not in its sentences, and not in a block of another kind', () => {
    const kinds = new Set(fences.map(({ language }) => language));
    expect([...kinds].sort()).toEqual(['', 'ini', 'sh', 'yaml']);
    expect(administration).toHaveLength(1);
    expect(inSentences).toContain('openstack server list');
    const typed = ` ${[...blocks, ...administration].join(' ').replaceAll(/[\s()\\]+/g, ' ')} `;
    expect(inSentences.filter((code) => !typed.includes(` ${code} `))).toEqual([]);
  });

  it(
    'works word for word, and leaves nothing',
    async () => {
      const run = await runPage();
      const done = [...run.blocks.matchAll(/^block (\d+) done$/gm)].map(([, number]) => Number(number));
      expect({ done, said: run.status === 0 ? '' : run.said }).toEqual({ done: blocks.map((_, i) => i + 1), said: '' });
      const id = /^ID (i-[0-9a-f]{17})$/m.exec(run.blocks)![1]!;
      const openstack = await logIn(bed, demo);
      expect(await serversNamed(openstack, id)).toEqual([]);
      expect(await portsOf(openstack, id)).toEqual([]);
    },
    patienceMs,
  );

  it('tells the administrator how to give the roles', async () => {
    const [admin] = administration;
    const name = `guide-${process.pid}`;
    // The prompt is for people.
    const commands = admin!.replace('--password-prompt', '--password secret').replaceAll(service.name, name);
    const session = await logIn(bed, bed.users.admin);
    try {
      expect(await shell(`set -e\n${commands}`, 'admin', folder)).toMatchObject({ status: 0 });
      const mine = { ...service, name, password: 'secret' };
      const roles = async (project: string) =>
        (await logIn(bed, mine, project)).token.roles.map((role) => role.name).sort();
      expect(await roles('service')).toContain('service');
      expect(await roles(demo.project.name)).toContain('member');
    } finally {
      type Users = { readonly users: readonly { readonly id: string }[] };
      const found = await ask<Users>(`${bed.authUrl}/users?name=${name}`, { token: session.id });
      for (const { id } of found.body.users)
        await ask(`${bed.authUrl}/users/${id}`, { method: 'DELETE', token: session.id });
    }
  });
});
