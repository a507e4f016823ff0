import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bed } from './bed.ts';

const script = fileURLToPath(new URL('../bed/point-metadata', import.meta.url));

/** Where the bed's own metadata API is: the port that Nova gives it. */
export const novaMetadata = 'http://127.0.0.1:8775';

/**
 * Sends the metadata requests of all guests of the bed to a port of this computer. They go back to Nova when the function
 * that it gives is called, and also when this process ends without that.
 */
export async function pointMetadata(bed: Bed, port: number): Promise<() => Promise<void>> {
  const child = spawn(script, [String(port)], {
    env: { ...process.env, OPENSTACK_HOME: bed.home },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(([code]) => {
      throw new Error(`point-metadata ended with ${code}: ${said}`);
    }),
  ]);
  return async () => {
    child.stdin.end();
    const [code] = await ended;
    if (code !== 0) throw new Error(`metadata may not go to Nova again; point-metadata ended with ${code}: ${said}`);
  };
}
