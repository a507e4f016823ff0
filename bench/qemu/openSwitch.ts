/**
 * A switch as the server starts it, but for one address of this host that its machines may reach: somebody outside has to
 * be there. Its arguments: `switch FOLDER`; the address is in the environment.
 */
import { randomInt } from 'node:crypto';
import { defaultLimits } from '../../src/drivers/qemu/switch/core/limits.ts';
import { refusesHost } from '../../src/drivers/qemu/switch/ends/refused.ts';
import { needIp } from '../../src/drivers/qemu/switch/packets/addresses.ts';
import { runSwitch } from '../../src/drivers/qemu/switch/process.ts';
import { createSystemClock } from '../../src/main/clock/system.ts';
import { silentLog } from '../../test/support/log.ts';

const outside = needIp(process.env.ELSEWHERE_BENCH_OUTSIDE ?? '');
const clock = createSystemClock();
const refuses = refusesHost(clock);
await runSwitch({
  ...{ folder: process.argv[3]!, version: 'bench', clock, log: silentLog, limits: defaultLimits, servers: [] },
  random: { below: (limit) => randomInt(limit) },
  refuses: (ip) => ip !== outside && refuses(ip),
});
