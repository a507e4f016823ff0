import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holds, idOf, volumeSpec } from '../support/bench.ts';
import { CutMachine } from '../support/cut/machine.ts';
import { type CutRegion, openCutRegion } from '../support/cut/region.ts';
import { atEachStep, type Trial } from '../support/cut/trial.ts';
import { grownLong, isShort, isWritten, layerOf, long, topOf, written } from '../support/cut/written.ts';

/** Of a computer that has much else to do. */
const patienceMs = 300_000;

let region: CutRegion;
let machine: CutMachine;
/** What was done to volumes that the machine has, and has to be so after a power cut, too. */
let done: { readonly volumes: readonly string[]; check(): Promise<unknown> }[];

beforeAll(async () => {
  region = await openCutRegion();
  machine = await CutMachine.start(region);
  done = [];
});
afterAll(() => region.close());

/** The machine's QEMU is killed, and everything that it had is looked at; then it is switched on without. */
async function powerCut(): Promise<void> {
  await region.kill(machine.id);
  for (const { volumes, check } of done) {
    await check();
    for (const id of volumes) await region.finish({ do: 'detach', machine: machine.id, disk: machine.disk(id) });
  }
  done = [];
  await machine.on();
}

/** Work on volumes that the machine has. It has all of them for a while. */
async function attachedTrial(
  volumes: readonly string[],
  work: Trial['work'],
  check: () => Promise<unknown>,
): Promise<Trial> {
  return {
    work,
    // While QEMU copies, its files are in order for nobody else.
    ...(work.do !== 'shorten' && { volumes }),
    async check() {
      await check();
      for (const volume of volumes) await machine.hasOpen(volume);
      done.push({ volumes, check });
      if (done.flatMap((one) => one.volumes).length >= 24) await powerCut();
    },
  };
}
const tool = (what: string) => [`tool ${what}`, `half ${what}`, `late ${what}`];

interface Works {
  readonly make: () => Promise<Trial>;
  /** Among the steps are these. */
  readonly steps: readonly string[];
  /** Where records are written as elsewhere, only what makes each of them valid counts as a step. */
  readonly only?: string;
}

/** The works, each on new volumes. */
const works: Readonly<Record<string, Works>> = {
  'attaching a volume': {
    async make() {
      const id = await written(region);
      return attachedTrial([id], { do: 'attach', machine: machine.id, disk: machine.disk(id) }, () =>
        isWritten(region, topOf(region, id)),
      );
    },
    steps: ['monitor blockdev-add', 'monitor device_add'],
  },
  'detaching a volume': {
    async make() {
      const id = await machine.attached();
      return {
        work: { do: 'detach', machine: machine.id, disk: machine.disk(id) },
        volumes: [id],
        async check() {
          await machine.hasNothingOf(id);
          await isWritten(region, topOf(region, id));
        },
      };
    },
    steps: ['monitor device_del', 'monitor blockdev-del'],
  },
  'growing a volume': {
    async make() {
      const id = await machine.attached();
      const spec = volumeSpec({ snapshot: region.base, sizeGiB: 2 });
      return attachedTrial([id], { do: 'volume', id, spec }, async () => {
        await isWritten(region, topOf(region, id));
        expect(holds(topOf(region, id), '0', '1536M', '1M')).toBe(true);
      });
    },
    steps: ['monitor block_resize'],
  },
  'taking a snapshot': {
    async make() {
      const [id, volume] = [idOf('snap'), await machine.attached()];
      await machine.write(volume, '0xc3', '514M', '1M');
      return attachedTrial([volume], { do: 'snapshot', id, volume }, async () => {
        for (const file of [await layerOf(region, id), topOf(region, volume)]) {
          await isWritten(region, file);
          expect(holds(file, '0xc3', '514M', '1M')).toBe(true);
        }
      });
    },
    steps: [...tool('create'), 'monitor blockdev-add', 'monitor transaction'],
  },
  'making an image of two volumes at one point in time': {
    async make() {
      const id = `ami-${idOf('a').slice(2)}`;
      const volumes = [await machine.attached(), await machine.attached()];
      const snapshots = volumes.map((volume) => ({
        device: machine.disk(volume).device,
        snapshot: idOf('snap'),
        volume,
      }));
      const spec = { instance: machine.id, reboot: false, snapshots };
      return attachedTrial(volumes, { do: 'image', id, spec }, async () => {
        for (const { snapshot } of snapshots) await isWritten(region, await layerOf(region, snapshot));
      });
    },
    only: '^(?:file rename|tool|half|late|monitor|heard)',
    steps: [...tool('create'), 'monitor blockdev-add', 'monitor transaction'],
  },
  'shortening what a volume stands on': {
    async make() {
      const id = await machine.attached(grownLong);
      return attachedTrial([id], { do: 'shorten', id, files: long.short }, () => isShort(region, id));
    },
    steps: ['monitor block-stream', 'monitor job-finalize', 'file rm vol-…/disk-6.qcow2'],
  },
};

describe('the driver is killed at each step of', () => {
  it.each(Object.entries(works))(
    '%s',
    async (_, { make, steps, ...how }) => {
      expect(await atEachStep(region, make, how)).toEqual(expect.arrayContaining([...steps]));
      await powerCut();
    },
    patienceMs,
  );
});

/** Without what the driver does by itself: a QEMU that is gone is not asked again, as `killed.test.ts` has it. */
const asked = Object.entries(works).filter(([name]) => name !== 'shortening what a volume stands on');

describe('QEMU is killed at each command, before it hears of it and before it is heard, of', () => {
  it.each(asked)(
    '%s',
    async (_, { make, steps }) => {
      const commands = steps.flatMap((step) => /^monitor (.*)/.exec(step)?.[1] ?? []);
      const killedAt = await atEachStep(region, make, { machine });
      for (const command of commands)
        expect(killedAt).toEqual(expect.arrayContaining([`monitor ${command}`, `heard ${command}`]));
      await powerCut();
    },
    patienceMs,
  );
});
