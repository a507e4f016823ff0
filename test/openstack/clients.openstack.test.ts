import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';

/** Real clients with an OpenStack behind the server: `test/clients/README.md`. */
const program = fileURLToPath(new URL('../clients/run.js', import.meta.url));

/** Twelve minutes when all is well: aws-cli and Ansible start a process a call, and waiters look every quarter of a minute. */
const patienceMs = 2_400_000;

let lines: readonly string[];
let status: number | null;
beforeAll(async () => {
  const child = spawn(process.execPath, [program, '--on', 'openstack'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    process.stdout.write(part);
  });
  [status] = (await once(child, 'close')) as [number | null];
  lines = text.split('\n');
}, patienceMs);

it('no check of a client fails', () => {
  expect(lines.filter((line) => line.startsWith('not ok'))).toEqual([]);
  expect(status).toBe(0);
});

it.each(['aws-cli', 'boto2', 'boto3', 'deltacloud', 'fog', 'libcloud', 'sdk'])('%s has run', (client) => {
  const told = lines.map((line) => new RegExp(`^# ${client}/\\S+: (\\d+) passed, 0 failed`).exec(line)?.[1]);
  expect(Math.max(...told.map((passed) => Number(passed ?? 0)))).toBeGreaterThan(5);
});

it('what a client cannot do here is told with a reason', () => {
  const left = lines.filter((line) => line.startsWith('# not here: '));
  expect(left.length).toBeGreaterThan(0);
  for (const line of left) expect(line).toMatch(/^# not here: \S+\/\S+.*: \S.*/);
});
