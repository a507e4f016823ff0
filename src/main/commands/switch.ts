import { getServers } from 'node:dns';
import { defaultLimits } from '../../drivers/qemu/switch/core/limits.ts';
import { refusesHost } from '../../drivers/qemu/switch/ends/refused.ts';
import { runSwitch } from '../../drivers/qemu/switch/process.ts';
import { createSystemClock } from '../clock/system.ts';
import { createLog } from '../log.ts';
import { systemRandom } from '../random.ts';
import { version } from '../version.ts';

/** Runs the switch of a region of real machines, until it is told to end or nobody needs it. */
export async function runSwitchIn(folder: string): Promise<void> {
  const log = createLog('info');
  const clock = createSystemClock();
  // Whoever started it may be gone, and with it the terminal.
  process.on('SIGHUP', () => undefined);
  try {
    await runSwitch({
      ...{ folder, version, clock, log, limits: defaultLimits, random: systemRandom() },
      servers: getServers().map(nameServer),
      refuses: refusesHost(clock),
    });
  } finally {
    log.flush();
  }
}

/** A server as Node tells it: an address, `ADDRESS:PORT` or `[ADDRESS]:PORT`. */
function nameServer(told: string): { readonly address: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(told) ?? [];
  return { address: bracketed ?? plain ?? told, port: port === undefined ? 53 : Number(port) };
}
