import { join } from 'node:path';
import { serialOf } from '../../src/drivers/qemu/machines/commandLine.ts';
import { inTurns, type Line, median, type Pair } from '../figures.ts';
import { elements } from '../things.ts';
import { type BareDisk, openBareDisk } from './bareDisk.ts';
import type { RealMachines } from './server.ts';
import { textOf, until } from './waiting.ts';

const rounds = 7;

/** A machine that runs, and a volume of a GiB that is detached. */
interface Scene {
  readonly machines: RealMachines;
  readonly machine: string;
  readonly volume: string;
  readonly bare: BareDisk;
}

/** AttachVolume and CreateSnapshot, against the same commands given to QEMU itself. */
export async function volumes(machines: RealMachines): Promise<readonly Line[]> {
  const { server, data, folders, launch, consoleOf } = machines;
  const [machine] = await launch(1);
  await until('the guest boots', () => /guest: ready[\s\S]*guest: address/.test(textOf(consoleOf(machine!))));
  const xml = await server.ask({ Action: 'DescribeInstances', 'InstanceId.1': machine! });
  const [AvailabilityZone] = elements(xml, 'availabilityZone');
  const made = await server.ask({ Action: 'CreateVolume', AvailabilityZone: AvailabilityZone!, Size: 1 });
  const [volume] = elements(made, 'volumeId');
  await volumeIs(machines, volume!, 'available');
  const bare = await openBareDisk(folders.machine(machine!), join(data.path, 'bare'));
  const scene = { machines, machine: machine!, volume: volume!, bare };
  try {
    return [await attaching(scene), ...(await snapshots(scene))];
  } finally {
    bare.close();
  }
}

async function attaching(scene: Scene): Promise<Line> {
  const ours = async (): Promise<number> => {
    const ms = await attach(scene);
    await detach(scene);
    return ms;
  };
  const byHand = async (): Promise<number> => {
    const began = performance.now();
    await scene.bare.plugIn();
    await seen(scene, scene.bare.serial);
    const ms = performance.now() - began;
    await scene.bare.pullOut();
    await gone(scene, scene.bare.serial);
    return ms;
  };
  const pair = await inTurns(rounds, ours, byHand);
  return {
    what: 'AttachVolume, until the guest sees the disk',
    unit: 'ms',
    ...figures(pair),
    to: 'blockdev-add, device_add',
    target: { is: 'at most', value: 1.5, of: 'ratio' },
    details: { rounds: pair.rounds },
  };
}

async function snapshots(scene: Scene): Promise<readonly Line[]> {
  const { machines, volume, bare } = scene;
  await attach(scene);
  await bare.plugIn();
  await seen(scene, bare.serial);
  const completed: number[] = [];
  const ours = async (): Promise<number> => {
    const began = performance.now();
    const answer = await machines.server.ask({ Action: 'CreateSnapshot', VolumeId: volume });
    const ms = performance.now() - began;
    const [id] = elements(answer, 'snapshotId');
    await until(`${id} is completed`, async () => {
      const xml = await machines.server.ask({ Action: 'DescribeSnapshots', 'SnapshotId.1': id! });
      return elements(xml, 'status')[0] === 'completed';
    });
    completed.push(performance.now() - began);
    return ms;
  };
  const pair = await inTurns(rounds, ours, bare.snapshot);
  return [
    beyond('CreateSnapshot of an attached volume until the answer, beyond QEMU’s own', pair),
    beyond('the same until it is completed, beyond QEMU’s own', {
      ...pair,
      ours: median(completed),
      rounds: pair.rounds.map(([, reference], at) => [completed[at]!, reference]),
    }),
  ];
}

const figures = ({ ours, reference, ratio }: Pair) => ({ ours, reference, ratio });

/** What is done beyond what QEMU does itself: half a second at most is promised. */
function beyond(what: string, { rounds: all }: Pair): Line {
  const work = median(all.map(([ours, reference]) => ours - reference));
  const reference = median(all.map(([, qemu]) => qemu));
  return {
    ...{ what, unit: 'ms', ours: work, reference, ratio: work / reference },
    to: 'blockdev-add, blockdev-snapshot',
    target: { is: 'at most', value: 500, of: 'figure' },
    details: { rounds: all },
  };
}

/** Milliseconds from the request until the guest tells of the disk. */
async function attach(scene: Scene): Promise<number> {
  const { machines, machine, volume } = scene;
  const began = performance.now();
  const asked = { VolumeId: volume, InstanceId: machine, Device: '/dev/sdf' };
  await machines.server.ask({ Action: 'AttachVolume', ...asked });
  await seen(scene, serialOf(volume));
  const ms = performance.now() - began;
  await volumeIs(machines, volume, 'in-use');
  return ms;
}

async function detach(scene: Scene): Promise<void> {
  const { machines, volume } = scene;
  await machines.server.ask({ Action: 'DetachVolume', VolumeId: volume });
  await volumeIs(machines, volume, 'available');
  await gone(scene, serialOf(volume));
}

/** The disks that the guest told of last. */
const disksOf = ({ machines, machine }: Scene): string =>
  textOf(machines.consoleOf(machine)).split('guest: disks').at(-1)!.split('\n')[0]!;

const seen = (scene: Scene, serial: string) => until(`${serial} comes`, () => disksOf(scene).includes(serial));
const gone = (scene: Scene, serial: string) => until(`${serial} goes`, () => !disksOf(scene).includes(serial));

function volumeIs({ server }: RealMachines, volume: string, state: string): Promise<void> {
  return until(`${volume} becomes ${state}`, async () => {
    const xml = await server.ask({ Action: 'DescribeVolumes', 'VolumeId.1': volume });
    // The volume's own status comes before that of its attachments.
    const states = elements(xml, 'status');
    const attached = states.every((one) => one !== 'attaching' && one !== 'detaching');
    return attached && states.includes(state);
  });
}
