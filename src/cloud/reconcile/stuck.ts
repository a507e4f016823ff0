import type { Resource, StatefulRow } from '../../kernel/resource.ts';
import type { Writing } from '../context/writing.ts';
import { image } from '../image/image.ts';
import createImage, { type Making } from '../image/operations/createImage.ts';
import type { ImageRow } from '../image/row.ts';
import { instance } from '../instance/instance.ts';
import { machineOf } from '../instance/machine.ts';
import launchInstance from '../instance/operations/launchInstance.ts';
import startInstance from '../instance/operations/startInstance.ts';
import stopInstance from '../instance/operations/stopInstance.ts';
import terminateInstance from '../instance/operations/terminateInstance.ts';
import type { InstanceRow } from '../instance/row.ts';
import createSnapshot from '../snapshot/operations/createSnapshot.ts';
import type { SnapshotRow } from '../snapshot/row.ts';
import { snapshot } from '../snapshot/snapshot.ts';
import deleteVolume from '../volume/operations/deleteVolume.ts';
import provisionVolume, { specOf } from '../volume/operations/provisionVolume.ts';
import type { VolumeRow } from '../volume/row.ts';
import { volume } from '../volume/volume.ts';

/** How the operation behind a transient state is started again, for one kind of row. */
export interface Stuck<R extends StatefulRow = StatefulRow> {
  readonly resource: Resource<R>;
  /** The indexed filter that gives the state. */
  readonly stateFilter: string;
  /** Whose operations may also be about it, besides its own. */
  readonly alsoSubjects: (row: R) => readonly string[];
  /** False: nothing is to be started, because another row's operation will carry this one along. */
  readonly start: (tx: Writing, row: R) => Promise<boolean>;
}

const instances: Stuck<InstanceRow> = {
  resource: instance,
  stateFilter: 'instance-state-name',
  alsoSubjects: () => [],
  start: async (tx, row) => {
    const { id } = row;
    if (row.state === 'shutting-down') await tx.start(terminateInstance, id, { id });
    else if (row.state === 'stopping') await tx.start(stopInstance, id, { id, force: false });
    else await launchOrStart(tx, row);
    return true;
  },
};

/** A machine that was never there is launched, with what it needs; one that was stopped is powered on. */
async function launchOrStart(tx: Writing, row: InstanceRow): Promise<void> {
  const { id } = row;
  const never =
    row.blockDevices.some((d) => d.state === 'attaching') || row.interfaces.some((n) => n.state === 'attaching');
  if (!never) return tx.start(startInstance, id, { id });
  const attached = await tx.needAll(
    volume,
    row.blockDevices.map((d) => d.volume),
  );
  const volumes = attached.filter((v) => v.state === 'creating').map((v) => ({ id: v.id, spec: specOf(v) }));
  await tx.start(launchInstance, id, { id, machine: machineOf(tx, row), volumes });
}

const volumes: Stuck<VolumeRow> = {
  resource: volume,
  stateFilter: 'status',
  alsoSubjects: (row) => row.attachments.map((a) => a.instance),
  start: async (tx, { id, state, attachments }) => {
    // Made by the launch of its instance.
    if (state === 'creating' && attachments.length > 0) return false;
    await tx.start(state === 'creating' ? provisionVolume : deleteVolume, id, { id });
    return true;
  },
};

const snapshots: Stuck<SnapshotRow> = {
  resource: snapshot,
  stateFilter: 'status',
  alsoSubjects: (row) => (row.takenFor === undefined ? [] : [row.takenFor]),
  start: async (tx, { id, takenFor }) => {
    // Taken by the making of its image.
    if (takenFor !== undefined && (await tx.find(image, takenFor))?.state === 'pending') return false;
    await tx.start(createSnapshot, id, { id });
    return true;
  },
};

const images: Stuck<ImageRow> = {
  resource: image,
  stateFilter: 'state',
  alsoSubjects: () => [],
  start: async (tx, row) => {
    await tx.start(createImage, row.id, await makingOf(tx, row));
    return true;
  },
};

/** The order of an image. Its machine is not rebooted a second time. */
async function makingOf(tx: Writing, { id, sourceInstance, blockDevices }: ImageRow): Promise<Making> {
  const lines: Making['snapshots'][number][] = [];
  for (const { device, ebs } of blockDevices) {
    if (ebs?.snapshot === undefined) continue;
    const row = await tx.find(snapshot, ebs.snapshot);
    const taken = row?.takenFor === id ? { volume: row.volume } : {};
    lines.push({ device, snapshot: ebs.snapshot, sizeGiB: ebs.sizeGiB ?? row?.sizeGiB ?? 1, ...taken });
  }
  return { id, reboot: false, snapshots: lines, ...(sourceInstance === undefined ? {} : { instance: sourceInstance }) };
}

/** Instances come first: what starts them again carries their volumes along. */
export const stuckKinds = [instances, volumes, images, snapshots] as unknown as readonly Stuck[];
