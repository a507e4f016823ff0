import { type Reservation, RunInstances$, type RunInstancesRequest } from '@aws-sdk/client-ec2';
import { write } from '../../action/action.ts';
import { address } from '../../address/address.ts';
import type { Writing } from '../../context/writing.ts';
import { image } from '../../image/image.ts';
import { networkInterface } from '../../interface/interface.ts';
import { mirror } from '../../tag/mirror.ts';
import { specOf } from '../../volume/operations/provisionVolume.ts';
import { volume } from '../../volume/volume.ts';
import { instance } from '../instance.ts';
import { takeLaunchAddresses } from '../launch/addresses.ts';
import { commonRow } from '../launch/common.ts';
import { type LaunchKey, ownLaunchKey } from '../launch/key.ts';
import { type LaunchPlan, planLaunch } from '../launch/plan.ts';
import { askCloud, type RoomFound } from '../launch/room.ts';
import { attachmentOf, rowsOf } from '../launch/rows.ts';
import { machineOf } from '../machine.ts';
import launchInstance from '../operations/launchInstance.ts';
import type { InstanceRow } from '../row.ts';
import { viewLaunched } from '../view.ts';

/** What was asked of the cloud. */
interface Prepared {
  readonly room: RoomFound | undefined;
  /** The key pair that the user who asks has there under the name that the request gives. */
  readonly ownKey: LaunchKey | undefined;
}

export default write<RunInstancesRequest, Reservation, Prepared>(RunInstances$, {
  doc: 'Launches instances of an image.',
  idempotent: 'ClientToken',
  longestToken: 64,
  async prepare(cx, input) {
    const [room, ownKey] = await Promise.all([askCloud(cx, input), ownLaunchKey(cx, input.KeyName)]);
    return { room, ownKey };
  },
  async run(tx, input, { room, ownKey }) {
    const plan = await planLaunch(tx, input, room, ownKey);
    await takeQuotas(tx, plan);
    const given = await takeLaunchAddresses(tx, plan.interfaces, plan.count, room?.occupied);
    const reservation = { id: `r-${tx.world.random.id()}`, clientToken: input.ClientToken || undefined };
    const common = commonRow(tx, plan, reservation);
    const made = rowsOf(tx, plan, common, given);
    const instances = await tx.insertAll(
      instance,
      made.map((m) => m.instance),
    );
    const interfaces = made.flatMap((m) => m.interfaces);
    if (interfaces.length > 0) await tx.insertAll(networkInterface, interfaces);
    await attachExisting(tx, plan, instances[0]!);
    await noteLaunch(tx, plan);
    const volumes = await tx.insertAll(
      volume,
      made.flatMap((m) => m.volumes),
    );
    const showTags = tx.here.driver.compute.retag !== undefined;
    for (const [at, row] of instances.entries()) {
      const own = volumes.slice(at * plan.disks.length, (at + 1) * plan.disks.length);
      const input = {
        id: row.id,
        machine: machineOf(tx, row),
        volumes: own.map((v) => ({ id: v.id, spec: specOf(v) })),
      };
      await tx.start(launchInstance, row.id, input);
      if (showTags) for (const v of own) await mirror(tx, volume.kind, { ...v, tags: {} }, v.tags, row.id);
    }
    return { ReservationId: reservation.id, OwnerId: tx.account, Groups: [], Instances: instances.map(viewLaunched) };
  },
});

/** Of an image that is launched again and again it is written down once in so long, in milliseconds: AWS itself tells it a day late. */
const noteEveryMs = 60_000;

/** The owner of an image sees when it was launched last, to the minute: many launches at once do not wait for each other. */
async function noteLaunch(tx: Writing, plan: LaunchPlan): Promise<void> {
  if (plan.image.account !== tx.account) return;
  const own = await tx.find(image, plan.image.id);
  if (own !== undefined && tx.now - (own.lastLaunchedAt ?? 0) >= noteEveryMs)
    await tx.update(image, own, { lastLaunchedAt: tx.now });
}

async function takeQuotas(tx: Writing, { count, type, disks }: LaunchPlan): Promise<void> {
  await tx.take('instances', count);
  await tx.take('vcpus', count * (type.VCpuInfo?.DefaultVCpus ?? 1));
  if (disks.length === 0) return;
  await tx.take('volumes', count * disks.length);
  await tx.take('volume-gib', count * disks.reduce((sum, { volume: { sizeGiB } }) => sum + sizeGiB, 0));
}

/** Interfaces that existed before: only a launch of one instance can name them. */
async function attachExisting(tx: Writing, plan: LaunchPlan, row: InstanceRow): Promise<void> {
  for (const { existing } of plan.interfaces) {
    const shown = row.interfaces.find((n) => n.id === existing?.id);
    if (existing === undefined || shown === undefined) continue;
    await tx.on(networkInterface, existing, 'attach', { attachment: attachmentOf(row.id, shown) });
    for (const elastic of await tx.where(address, { 'network-interface-id': existing.id })) {
      if (elastic.association === undefined) continue;
      await tx.update(address, elastic, { association: { ...elastic.association, instance: row.id } });
    }
  }
}
