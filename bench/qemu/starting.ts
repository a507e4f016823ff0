import { join } from 'node:path';
import { processOf } from '../../src/drivers/qemu/machines/processes.ts';
import { inTurns, type Line } from '../figures.ts';
import { prepare, recipeOf } from './byHand.ts';
import { hostMs, timesOf } from './processes.ts';
import type { RealMachines } from './server.ts';
import { textOf, until } from './waiting.ts';

const rounds = 5;

/** The first line that the guest's own program writes. */
const up = /guest: up/;

/** From RunInstances until the guest's first line, against its command line started by hand; always the only machine. */
export async function starting(machines: RealMachines): Promise<readonly Line[]> {
  const { data, folders, launch, consoleOf, terminate } = machines;
  const [first] = await launch(1);
  await says(consoleOf(first!));
  const recipe = await recipeOf(machines, first!);
  await terminate([first!]);
  const msBeforeQemu: number[] = [];
  const qemuProcessorMs: { readonly ours: number[]; readonly byHand: number[] } = { ours: [], byHand: [] };
  const ours = async (): Promise<number> => {
    const [began, asked] = [performance.now(), hostMs()];
    const ids = await launch(1);
    await says(consoleOf(ids[0]!));
    const ms = performance.now() - began;
    const { beganAt, processorMs } = timesOf((await processOf(folders.machine(ids[0]!)))!);
    msBeforeQemu.push(beganAt - asked);
    qemuProcessorMs.ours.push(processorMs);
    await terminate(ids);
    return ms;
  };
  let number = 0;
  const byHand = async (): Promise<number> => {
    number += 1;
    const start = prepare(recipe, join(data.path, `by-hand-${number}`));
    const began = performance.now();
    const qemu = start();
    await says(qemu.console);
    const ms = performance.now() - began;
    qemuProcessorMs.byHand.push(timesOf(qemu.pid).processorMs);
    await qemu.end();
    return ms;
  };
  const pair = await inTurns(rounds, ours, byHand);
  return [
    {
      what: 'RunInstances of 1, until the guest’s first line',
      unit: 'ms',
      ours: pair.ours,
      reference: pair.reference,
      to: 'the same QEMU started by hand',
      ratio: pair.ratio,
      target: { is: 'at most', value: 1.1, of: 'ratio' },
      details: { rounds: pair.rounds, msBeforeQemu, qemuProcessorMs },
    },
  ];
}

const says = (console: string): Promise<void> => until(`${console} says ${up.source}`, () => up.test(textOf(console)));
