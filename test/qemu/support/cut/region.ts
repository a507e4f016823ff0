import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { createQemuImg } from '../../../../src/drivers/qemu/disks/qemuImg.ts';
import { createQemu, type QemuParts } from '../../../../src/drivers/qemu/driver.ts';
import { createFolders, type Folders } from '../../../../src/drivers/qemu/folders.ts';
import { importImage } from '../../../../src/drivers/qemu/images/importImage.ts';
import { Computer } from '../../../../src/drivers/qemu/machines/computer.ts';
import { kill, processesBelow } from '../../../../src/drivers/qemu/machines/processes.ts';
import { readSettings } from '../../../../src/drivers/qemu/settings.ts';
import { createSystemClock } from '../../../../src/main/clock/system.ts';
import type { Call, Driver } from '../../../../src/ports/driver.ts';
import { built, entry } from '../../../serve/program.ts';
import { silentLog } from '../../../support/log.ts';
import { call, idOf, qemuImgPath, region, volumeSpec } from '../bench.ts';
import { needQemu } from '../cloud.ts';
import { FileSystem } from './content.ts';
import { finish, listed, type Work } from './work.ts';

/** What a worker is told. */
export interface Order {
  readonly work: Work;
  readonly call: Omit<Call, 'signal'>;
  readonly parts: Omit<QemuParts, 'clock' | 'log' | 'computer'>;
  /** The step at which somebody is killed, from 1 on. */
  readonly at: number;
  /** Only steps that look so count, as a regular expression. */
  readonly only?: string;
  /** The QEMU that is; else it is the worker. */
  readonly victim?: number;
}

/** How a worker ended, at which step it or the QEMU was killed (undefined: at none), and what it said last. */
export interface Cut {
  readonly signal: NodeJS.Signals | null;
  readonly step: string | undefined;
  readonly last: string;
}

/**
 * The disk tool, unless a plan lies beside it. `half`: its writing ends at a size, and whoever ran it is killed. `late`:
 * whoever ran it is killed, and it does its work when it is told to go on.
 */
const tool = `#!/bin/sh
[ -f "$0.plan" ] || exec ${qemuImgPath} "$@"
how=$(cat "$0.plan"); rm "$0.plan"
for each in "$@"; do [ -f "$each" ] && file=$each; done
case $1 in
  create) most=100000 ;;
  convert) most=1000000 ;;
  rebase) most=$(($(stat -c %s "$file") + 65536)) ;;
  *) most=16 ;;
esac
if [ $how = half ]; then
  prlimit --fsize=$most ${qemuImgPath} "$@"
  kill -9 $PPID
else
  kill -9 $PPID
  while [ ! -e "$0.go" ]; do sleep 0.02; done
  ${qemuImgPath} "$@"
  echo $? > "$0.over"
fi
`;

/** Of the built program, and so of the switch that it is. */
const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'));

/** A region of real machines whose driver is another each time, here or in a process that is killed. */
export class CutRegion {
  readonly root = mkdtempSync(join(tmpdir(), 'elsewhere-cut-'));
  readonly parts: Order['parts'];
  readonly folders: Folders;
  readonly content = new FileSystem(this.root);
  /** The snapshot with the file system. */
  base = '';
  readonly tool = join(this.root, 'qemu-img');
  readonly #worker = join(this.root, 'worker.mjs');
  #driver: Driver | undefined;

  constructor() {
    needQemu();
    built();
    writeFileSync(this.tool, tool);
    chmodSync(this.tool, 0o755);
    const settings = readSettings(region, { acceleration: 'tcg', binaries: { qemuImg: this.tool } });
    const switchCommand = [process.execPath, entry, 'switch'] as const;
    this.parts = { region, folder: join(this.root, 'region'), settings, switchCommand, version };
    this.folders = createFolders(this.parts.folder);
    const program = fileURLToPath(new URL('worker.ts', import.meta.url));
    const how = { bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' } as const;
    buildSync({ ...how, entryPoints: [program], outfile: this.#worker });
  }

  /** The driver here: a new one after somebody was killed. */
  get driver(): Driver {
    this.#driver ??= createQemu({
      ...this.parts,
      computer: new Computer(),
      clock: createSystemClock(),
      log: silentLog,
    });
    return this.#driver;
  }

  async leave(): Promise<void> {
    await this.#driver?.close();
    this.#driver = undefined;
  }

  finish(work: Work, asked = call()): Promise<void> {
    return finish(work, { driver: this.driver, parts: this.parts, clock: createSystemClock() }, asked);
  }

  /** Volumes and snapshots that are told of. */
  listed(): Promise<readonly string[]> {
    return listed(this.driver, call());
  }

  /** Has a worker do it, and somebody killed at a step. What a tool still does that was left behind is its `late`. */
  async cut(work: Work, at: number, how: Pick<Order, 'victim' | 'only'> = {}): Promise<Cut & { readonly asked: Call }> {
    await this.leave();
    const asked = call();
    const { signal: _, ...words } = asked;
    const order: Order = { work, call: words, parts: this.parts, at, ...how };
    const child = spawn(process.execPath, [this.#worker, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const [, signal] = await once(child, 'close');
    const lines = said.trim().split('\n');
    const isStep = (line: string | undefined) => line !== undefined && !/^(?:done|failed)\b/.test(line);
    return { signal, asked, step: isStep(lines[at - 1]) ? lines[at - 1] : undefined, last: lines.at(-1)! };
  }

  /** Lets a tool go on that was left behind, to its end; gives what it ended with. */
  async goOn(): Promise<number> {
    const over = `${this.tool}.over`;
    writeFileSync(`${this.tool}.go`, '');
    while (!existsSync(over)) await pause(10);
    const status = Number(readFileSync(over, 'utf8'));
    for (const file of [over, `${this.tool}.go`]) rmSync(file);
    return status;
  }

  /** A machine that runs, of BIOS alone: nothing in it does anything. Gives its id. */
  async machine(): Promise<string> {
    const id = `i-${idOf('i').slice(2)}`;
    const spec = {
      ...{ zone: `${region}a`, instanceType: 't2.nano', image: 'ami-1', imageName: 'none', architecture: 'x86_64' },
      ...{ disks: [], interfaces: [], hostName: 'none' },
    };
    await this.driver.compute.ensure(id, spec, call());
    return id;
  }

  /** A new volume with the file system. */
  async volume(): Promise<string> {
    const id = idOf('vol');
    await this.finish({ do: 'volume', id, spec: volumeSpec({ snapshot: this.base }) });
    return id;
  }

  /** The process of a machine. */
  async pidOf(machine: string): Promise<number> {
    const pids = await processesBelow(join(this.parts.folder, 'machines', machine));
    const [pid] = pids.values();
    if (pid === undefined) throw new Error(`no QEMU runs for ${machine}`);
    return pid;
  }

  /** Ends a machine's QEMU as a power cut does. */
  async kill(machine: string): Promise<void> {
    kill(await this.pidOf(machine));
    while ((await processesBelow(join(this.parts.folder, 'machines', machine))).size > 0) await pause(5);
  }

  async close(): Promise<void> {
    await this.leave();
    for (const pid of (await processesBelow(this.root)).values()) kill(pid);
    while ((await processesBelow(this.root)).size > 0) await pause(10);
    rmSync(this.root, { recursive: true });
  }
}

/** Such a region, with a snapshot of a disk with a file system. */
export async function openCutRegion(): Promise<CutRegion> {
  const opened = new CutRegion();
  const { content, folders } = opened;
  const wanted = { file: content.file, name: 'base', architecture: 'x86_64', bootMode: 'legacy-bios', region } as const;
  const parts = { folders, qemuImg: createQemuImg({ binary: qemuImgPath }), clock: createSystemClock() };
  opened.base = (await importImage(wanted, parts)).snapshot!.id;
  return opened;
}
