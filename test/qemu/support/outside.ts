import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** A computer beyond this one: a network namespace with a web server, whose page says `beyond`. Needs root. */
export interface Outside {
  readonly ip: string;
  readonly port: number;
  /** This computer's own address on the way there. */
  readonly hostIp: string;
  /** The first three numbers of a network behind it, in which nobody ever answers. */
  readonly silent: string;
  close(): void;
}

const ip = (...args: readonly string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

export function createOutside(): Outside {
  // Files of tests run at the same time, in one process or in several.
  const name = `els-${process.pid}-${threadId}`;
  const third = (2 * (process.pid * 8 + threadId)) % 254;
  const [hostIp, outsideIp] = [`198.18.${third}.1`, `198.18.${third}.2`];
  const silent = `198.18.${third + 1}`;
  ip('netns', 'add', name);
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  ip('address', 'add', `${hostIp}/30`, 'dev', name);
  ip('link', 'set', name, 'up');
  ip('-n', name, 'address', 'add', `${outsideIp}/30`, 'dev', 'eth0');
  ip('-n', name, 'link', 'set', 'eth0', 'up');
  ip('route', 'add', `${silent}.0/24`, 'via', outsideIp);
  ip('-n', name, 'route', 'add', 'blackhole', `${silent}.0/24`);
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-beyond-'));
  writeFileSync(join(folder, 'index.html'), 'beyond');
  const args = ['netns', 'exec', name, 'busybox', 'httpd', '-f', '-p', '8080', '-h', folder];
  const server = spawn('ip', args, { stdio: 'ignore' });
  return {
    ...{ ip: outsideIp, port: 8080, hostIp, silent },
    close() {
      server.kill();
      ip('netns', 'delete', name);
      rmSync(folder, { recursive: true });
    },
  };
}
