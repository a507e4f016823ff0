/** Ansible's collection amazon.aws, as somebody keeps it in a repository: playbooks that can be said again and again. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { can, check, equal, finish, given, holds, onlyImage, zoneOr } from '../checks/check.js';

/** Debian's. */
const program = '/usr/bin/ansible-playbook';

/**
 * @typedef {{ failed?: boolean, changed?: boolean, msg?: string }} Result
 * @typedef {{ task: { name: string }, hosts: { localhost: Result } }} Task
 * @typedef {{ plays: { tasks: Task[] }[], stats: { localhost: { changed: number, failures: number } } }} Report
 */

const debian = { owners: ['136693071363'], filters: { name: 'debian-12-amd64-*' } };

/** What the playbooks are told of the cloud. */
const variables = {
  zone: zoneOr('us-east-1a'),
  grows: can('attachedGrowth'),
  wanted: onlyImage === undefined ? debian : { owners: [], filters: { name: onlyImage } },
};

/** The ability of the cloud that a task needs, whose condition `when: grows` says the same to Ansible. @type {Record<string, string>} */
const needs = { 'ec2_vol makes it larger': 'attachedGrowth', 'ec2_vol_info finds it larger': 'attachedGrowth' };

/** Runs a playbook. @param {string} name @returns {Promise<Report>} */
function play(name) {
  const env = {
    ...process.env,
    AWS_URL: given('EC2_ENDPOINT'),
    ANSIBLE_STDOUT_CALLBACK: 'ansible.posix.json',
    ANSIBLE_LOCALHOST_WARNING: 'false',
    ANSIBLE_INVENTORY_UNPARSED_WARNING: 'false',
    ANSIBLE_NOCOLOR: 'true',
  };
  return new Promise((resolve, reject) => {
    const file = join(import.meta.dirname, `${name}.yml`);
    const args = ['-i', 'localhost,', '-e', JSON.stringify(variables), file];
    execFile(program, args, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      // A task that failed ends the program with 2, and is in the report.
      const from = stdout.indexOf('{');
      if (from < 0) return reject(error ?? new Error(stderr));
      resolve(JSON.parse(stdout.slice(from)));
    });
  });
}

/** Tells each task of a playbook. @param {string} name @returns {Promise<Report>} */
async function told(name) {
  const report = await play(name);
  for (const { task, hosts } of report.plays.flatMap(({ tasks }) => tasks)) {
    const { failed, msg } = hosts.localhost;
    const body = async () => {
      if (failed) throw new Error(msg ?? JSON.stringify(hosts.localhost));
    };
    await check(`${name}: ${task.name}`, body, ...[needs[task.name] ?? []].flat());
  }
  return report;
}

/** Runs a playbook twice; the second time nothing may change. @param {string} name */
async function twice(name) {
  await told(name);
  await check(`${name}: said again, it changes nothing`, async () => {
    const { plays, stats } = await play(name);
    const results = plays
      .flatMap(({ tasks }) => tasks)
      .map(({ task, hosts }) => ({ name: task.name, ...hosts.localhost }));
    const [failure] = results.filter(({ failed }) => failed);
    holds(stats.localhost.failures === 0, `nothing fails: ${failure?.name}: ${failure?.msg}`);
    equal(
      results.filter(({ changed }) => changed).map(({ name }) => name),
      [],
      'what changed',
    );
  });
}

await twice('make');
await told('change');
await twice('unmake');
finish();
