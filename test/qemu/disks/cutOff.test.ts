import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshot } from '../../../src/drivers/qemu/disks/snapshotRecord.ts';
import { readImages } from '../../../src/drivers/qemu/images/catalogue.ts';
import { holds, idOf, volumeSpec, writeFileAt } from '../support/bench.ts';
import { isWhole } from '../support/cut/content.ts';
import { type CutRegion, openCutRegion } from '../support/cut/region.ts';
import { atEachStep } from '../support/cut/trial.ts';
import { grownLong, isShort, isWritten, layerOf, long, topOf, written } from '../support/cut/written.ts';

let region: CutRegion;
beforeAll(async () => {
  region = await openCutRegion();
});
afterAll(() => region.close());

const tool = (what: string) => [`tool ${what}`, `half ${what}`, `late ${what}`];

describe('the driver is killed at each step of', () => {
  it('making a volume', async () => {
    const steps = await atEachStep(region, async () => {
      const id = idOf('vol');
      return {
        work: { do: 'volume', id, spec: volumeSpec() },
        check: () => isWhole(topOf(region, id)),
      };
    });
    expect(steps).toEqual(expect.arrayContaining(tool('create')));
  });

  it('making a volume of a snapshot', async () => {
    const steps = await atEachStep(region, async () => {
      const id = idOf('vol');
      return {
        work: { do: 'volume', id, spec: volumeSpec({ snapshot: region.base }) },
        check: () => region.content.isIn(topOf(region, id)),
      };
    });
    expect(steps).toEqual(expect.arrayContaining(tool('create')));
  });

  it('growing a volume', async () => {
    const steps = await atEachStep(region, async () => {
      const id = await written(region);
      return {
        work: { do: 'volume', id, spec: volumeSpec({ snapshot: region.base, sizeGiB: 2 }) },
        volumes: [id],
        async check() {
          await isWritten(region, topOf(region, id));
          expect(holds(topOf(region, id), '0', '1536M', '1M')).toBe(true);
        },
      };
    });
    expect(steps).toEqual(expect.arrayContaining(tool('resize')));
  });

  it('taking a snapshot', async () => {
    const steps = await atEachStep(region, async () => {
      const [id, volume] = [idOf('snap'), await written(region)];
      return {
        work: { do: 'snapshot', id, volume },
        volumes: [volume],
        async check() {
          writeFileAt(topOf(region, volume), '0xb2', '513M', '1M');
          const layer = await layerOf(region, id);
          await Promise.all([isWritten(region, layer), isWritten(region, topOf(region, volume))]);
          expect([holds(layer, '0', '513M', '1M'), holds(topOf(region, volume), '0xb2', '513M', '1M')]).toEqual([
            true,
            true,
          ]);
        },
      };
    });
    expect(steps).toEqual(expect.arrayContaining(tool('create')));
  });

  it('deleting a volume, and its files go when nothing stands on them', async () => {
    const steps = await atEachStep(region, async () => {
      const [id, snapshot] = [await written(region), idOf('snap')];
      await region.finish({ do: 'snapshot', id: snapshot, volume: id });
      return {
        work: { do: 'no volume', id },
        gone: [id],
        async check() {
          await isWritten(region, await layerOf(region, snapshot));
          expect(readdirSync(region.folders.volume(id))).toEqual(['disk.qcow2']);
        },
      };
    });
    expect(steps.length).toBeGreaterThanOrEqual(2);
  });

  it('deleting a snapshot, and its file goes when nothing stands on it', async () => {
    const steps = await atEachStep(region, async () => {
      const [volume, id] = [await written(region), idOf('snap')];
      await region.finish({ do: 'snapshot', id, volume });
      await region.finish({ do: 'no volume', id: volume });
      return {
        work: { do: 'no snapshot', id },
        gone: [id],
        check: async () =>
          expect([region.folders.volume(volume), region.folders.snapshot(id)].filter(existsSync)).toEqual([]),
      };
    });
    expect(steps.length).toBeGreaterThanOrEqual(4);
  });

  it('shortening what a volume stands on', async () => {
    const steps = await atEachStep(region, async () => {
      const id = await grownLong(region);
      return { work: { do: 'shorten', id, files: long.short }, volumes: [id], check: () => isShort(region, id) };
    });
    expect(steps).toEqual(expect.arrayContaining([...tool('rebase'), 'file rm vol-…/disk-6.qcow2']));
  });
});

describe('a command is killed at each step of', () => {
  const images = async () => (await readImages(region.folders)).map(({ image }) => image.id);

  it('importing an image: there is none, or a whole one', async () => {
    const steps = await atEachStep(region, async () => {
      const before = await images();
      return {
        work: { do: 'import', file: region.content.file },
        async check() {
          for (const { image, snapshot } of await readImages(region.folders))
            if (!before.includes(image.id)) await region.content.isIn(await layerOf(region, snapshot!.id));
          expect((await images()).length).toBeGreaterThan(before.length);
        },
      };
    });
    expect(steps).toEqual(expect.arrayContaining(tool('convert')));
  });

  it('deleting an image, and its file goes when nothing stands on it', async () => {
    const steps = await atEachStep(region, async () => {
      const before = await images();
      await region.finish({ do: 'import', file: region.content.file });
      const { image, snapshot } = (await readImages(region.folders)).find((one) => !before.includes(one.image.id))!;
      const file = await layerOf(region, snapshot!.id);
      return {
        work: { do: 'no import', id: image.id },
        async check() {
          // The driver takes away what a command left, and is through with it when it is closed.
          await region.leave();
          expect([(await images()).includes(image.id), existsSync(file)]).toEqual([false, false]);
        },
      };
    });
    expect(steps.length).toBeGreaterThanOrEqual(4);
  });
});

it('and nothing is left half made, nor what nobody knows of', async () => {
  await region.leave();
  await region.listed();
  await region.leave();
  const left = readdirSync(region.parts.folder, { recursive: true, encoding: 'utf8' });
  expect(left.filter((name) => name.includes('.tmp'))).toEqual([]);
  const known = (await readImages(region.folders)).map(({ snapshot }) => snapshot!.id);
  for (const id of readdirSync(join(region.parts.folder, 'snapshots')))
    if ((await readSnapshot(region.folders, id))?.volume === undefined) expect(known).toContain(id);
});
