/**
 * A process that runs the driver and is to be killed: `worker.mjs '{…}'`. It does one work, tells of each step on its standard
 * output, and at the one that is told it is ended by SIGKILL, or ends a QEMU so and goes on.
 */
import { writeFileSync, writeSync } from 'node:fs';
import { createQemu } from '../../../../src/drivers/qemu/driver.ts';
import { Computer } from '../../../../src/drivers/qemu/machines/computer.ts';
import { kill } from '../../../../src/drivers/qemu/machines/processes.ts';
import { createSystemClock } from '../../../../src/main/clock/system.ts';
import { silentLog } from '../../../support/log.ts';
import type { Order } from './region.ts';
import { type Step, watchSteps } from './steps.ts';
import { finish, listed } from './work.ts';

const { work, call, at, only, victim, parts } = JSON.parse(process.argv[2]!) as Order;
const asked = { ...call, signal: new AbortController().signal };
const clock = createSystemClock();
const driver = createQemu({ ...parts, computer: new Computer(), clock, log: silentLog });
// What a driver does before its first work is not the work, unless it is what is looked at.
if (work.do !== 'shorten') await listed(driver, asked);

let steps = 0;
/** When QEMU is to go, that is as it hears of something, or has done it. */
const counts = ({ kind, what }: Step): boolean =>
  (victim === undefined ? kind !== 'heard' : kind === 'monitor' || kind === 'heard') &&
  (only === undefined || new RegExp(only).test(`${kind} ${what}`));
watchSteps(parts.folder, (step) => {
  if (!counts(step)) return;
  writeSync(1, `${step.kind} ${step.what}\n`);
  if (++steps !== at) return;
  if (victim !== undefined) kill(victim);
  else if (step.kind === 'half' || step.kind === 'late')
    writeFileSync(`${parts.settings.binaries.qemuImg}.plan`, step.kind);
  else process.kill(process.pid, 'SIGKILL');
});
try {
  await finish(work, { driver, parts, clock }, asked);
  writeSync(1, 'done\n');
} catch (error) {
  writeSync(1, `failed ${(error as Error).message}\n`);
}
process.exit(0);
