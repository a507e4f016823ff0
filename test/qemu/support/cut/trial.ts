import { expect } from 'vitest';
import type { CutMachine } from './machine.ts';
import type { CutRegion } from './region.ts';
import type { Work } from './work.ts';
import { isWritten, topOf } from './written.ts';

/** A work, and what there has to be when it was done in the end. */
export interface Trial {
  readonly work: Work;
  /** Volumes of the file system that have it at once, whatever was cut off. */
  readonly volumes?: readonly string[];
  /** What the work takes away. */
  readonly gone?: readonly string[];
  check(): Promise<unknown>;
}

/**
 * Has a work done by a driver that is killed at its first step, the same anew by one that is killed at its second, and so on,
 * until one is through with it. Each time another driver finds all that was told of, and finishes the work. With a machine it
 * is that one's QEMU that is killed, and the machine is switched on again when the work is done. Gives the steps.
 */
export async function atEachStep(
  region: CutRegion,
  trial: () => Promise<Trial>,
  { machine, only }: { readonly machine?: CutMachine; readonly only?: string } = {},
): Promise<readonly string[]> {
  const steps: string[] = [];
  for (let at = 1; ; at++) {
    const { work, volumes = [], gone = [], check } = await trial();
    const told = (await region.listed()).filter((id) => !gone.includes(id));
    const victim = machine && (await region.pidOf(machine.id));
    const cut = await region.cut(work, at, { ...(victim && { victim }), ...(only && { only }) });
    const where = `killed at step ${at}, ${cut.step}`;
    if (cut.step === undefined) expect(cut.last, where).toBe('done');
    else if (machine === undefined) expect(cut.signal, where).toBe('SIGKILL');
    try {
      for (const volume of volumes) await isWritten(region, topOf(region, volume));
      expect(await region.listed()).toEqual(expect.arrayContaining(told));
      await region.finish(work, cut.asked);
      if (machine !== undefined && cut.step !== undefined) await machine.on();
      if (cut.step?.startsWith('late ')) await region.goOn();
      await check();
    } catch (error) {
      throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
    }
    if (cut.step === undefined) return steps;
    steps.push(cut.step);
  }
}
