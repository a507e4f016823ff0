import type { Call } from '../../ports/driver.ts';
import type { World } from '../context/world.ts';
import { type Writing, write } from '../context/writing.ts';
import { instance } from '../instance/instance.ts';
import stopInstance from '../instance/operations/stopInstance.ts';
import terminateInstance from '../instance/operations/terminateInstance.ts';
import { serverReason, stateReasons } from '../instance/reasons.ts';
import type { InstanceRow } from '../instance/row.ts';
import { stoppable } from '../instance/stoppable.ts';
import { nobody } from './orphans.ts';
import type { Loop } from './reconcile.ts';

/**
 * Finds machines that went off by themselves, and takes their instances where they belong: a system that was shut down stops
 * or terminates its instance as `InstanceInitiatedShutdownBehavior` says, a machine that failed stops it.
 */
export const followEnded: Loop = {
  name: 'follow-ended',
  everyMs: 3_000,
  run: async (world) => {
    for (const [region, { driver }] of world.regions) {
      if (driver.compute.ended === undefined) continue;
      const call: Call = { account: nobody, region, operation: 'follow-ended', signal: new AbortController().signal };
      const ended = new Map((await driver.compute.ended(call)).map(({ id, why }) => [id, why]));
      if (ended.size === 0) continue;
      const rows = await world.store.read.items({ kind: instance.kind, region, ids: [...ended.keys()] });
      for (const { account, id } of rows) await follow(world, { account, region }, id, ended.get(id)!);
    }
  },
};

type Why = 'shutdown' | 'crash';

async function follow(
  world: World,
  scope: { readonly account: string; readonly region: string },
  id: string,
  why: Why,
): Promise<void> {
  const behavior = await write(world, scope, async (tx) => {
    const row = await tx.find(instance, id);
    return row?.state === 'running' ? end(tx, row, why) : undefined;
  });
  if (behavior !== undefined) world.log.info({ ...scope, id, why, behavior }, 'a machine went off by itself');
}

async function end(tx: Writing, row: InstanceRow, why: Why): Promise<InstanceRow['shutdownBehavior']> {
  const { id } = row;
  const stateReason = why === 'shutdown' ? stateReasons.instanceShutdown : stateReasons.failed;
  const reasons = { stateReason, transitionReason: why === 'shutdown' ? '' : serverReason(stateReason) };
  const stops = stoppable(tx, row.rootDeviceType) && (why === 'crash' || row.shutdownBehavior === 'stop');
  if (stops) await tx.start(stopInstance, id, { id, force: true });
  else await tx.start(terminateInstance, id, { id });
  await tx.on(instance, row, stops ? 'stop' : 'terminate', reasons);
  return stops ? 'stop' : 'terminate';
}
