import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { names } from '../../src/drivers/qemu/machines/commandLine.ts';
import { kill, processOf } from '../../src/drivers/qemu/machines/processes.ts';
import { argumentsOf } from './processes.ts';
import type { RealMachines } from './server.ts';
import { until } from './waiting.ts';

/** The command line of a machine that the server started, to be started again by hand. */
export interface Recipe {
  readonly program: string;
  readonly args: readonly string[];
  /** What the arguments name and each start has of its own. */
  readonly folder: string;
  readonly disk: string;
  /** What the disk stands on: the image. */
  readonly image: string;
}

/** A QEMU that was started by hand. */
export interface ByHand {
  readonly folder: string;
  readonly pid: number;
  readonly console: string;
  end(): Promise<void>;
}

/** Takes the command line of a machine that runs. */
export async function recipeOf({ folders }: RealMachines, id: string): Promise<Recipe> {
  const folder = folders.machine(id);
  const pid = await processOf(folder);
  const [program, ...args] = pid === undefined ? [] : argumentsOf(pid);
  const disk = /"filename":"([^"]*)"/.exec(args.join('\n'))?.[1];
  if (program === undefined || disk === undefined) throw new Error(`the machine ${id} does not run`);
  const info = execFileSync('qemu-img', ['info', '-U', '--output=json', disk], { encoding: 'utf8' });
  const { 'full-backing-filename': image } = JSON.parse(info) as { 'full-backing-filename': string };
  return { program, args, folder, disk, image };
}

/** Makes what a start by hand needs: a folder, and a disk on the same image. What it gives starts it. @param change of an argument */
export function prepare(recipe: Recipe, folder: string, change = (arg: string): string => arg): () => ByHand {
  mkdirSync(folder, { recursive: true });
  const disk = join(folder, 'disk.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', recipe.image, '-F', 'qcow2', disk]);
  const args = recipe.args
    .map((arg) => arg.replaceAll(recipe.disk, disk).replaceAll(recipe.folder, folder))
    .map(change);
  return () => {
    // In a session of its own, as the server starts it: schedulers treat sessions fairly, not processes.
    const child = spawn(recipe.program, args, { cwd: folder, detached: true, stdio: 'ignore' });
    return {
      folder,
      pid: child.pid!,
      console: join(folder, names.console),
      async end() {
        kill(child.pid!);
        await until('a QEMU ends', () => child.exitCode !== null || child.signalCode !== null);
      },
    };
  };
}
