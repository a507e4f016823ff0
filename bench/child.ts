import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process of ours that answers messages one at a time. */
export interface Child {
  ask<A>(message: object): Promise<A>;
  close(): void;
}

/** Starts one of the bundles that scripts/bench.js makes beside this one. */
export function forked(name: string, args: readonly string[] = []): Child {
  const path = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const child = fork(path, args, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    ask: (message) =>
      new Promise((resolve, reject) => {
        const over = (code: number | null) => reject(new Error(`${name} ended with code ${code}`));
        child.once('exit', over);
        child.once('message', (answer) => {
          child.off('exit', over);
          resolve(answer as never);
        });
        child.send(message, (error) => error && reject(error));
      }),
    close: () => child.disconnect(),
  };
}
