import { join } from 'node:path';
import type { Clock } from '../../../ports/clock.ts';
import { DriverError, type EndedMachine, type MachineSpec } from '../../../ports/driver.ts';
import type { Log } from '../../../ports/log.ts';
import type { Holder, Holders, VolumeFiles } from '../disks/holders.ts';
import type { Folders } from '../folders.ts';
import { Locks } from '../locks.ts';
import type { QemuSettings } from '../settings.ts';
import { type Asked, names } from './commandLine.ts';
import type { Computer } from './computer.ts';
import { Connections } from './connections.ts';
import { trimConsole } from './consoleLog.ts';
import { launch } from './launch.ts';
import { makeOwnDisks, removeOwnDisks } from './ownDisks.ts';
import { kill, processesBelow, processOf } from './processes.ts';
import { createRecords, type MachineRecord, type Records } from './record.ts';
import { hardwareHere, noRoom, roomFor, type Taking } from './room.ts';

export interface MachinesParts {
  readonly folders: Folders;
  readonly settings: QemuSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly volumes: VolumeFiles;
  /** How a machine of this specification boots; nothing: by BIOS, from its disk. */
  readonly bootOf: (id: string, spec: MachineSpec) => Promise<Pick<Asked, 'firmware' | 'boot'>>;
  readonly acceleration: () => Promise<'kvm' | 'hvf' | 'tcg'>;
  /** Where the machines of other regions are, too. */
  readonly computer: Computer;
  /** The program that limits others, where there is one. */
  readonly prlimit?: string;
  /** Brings the network up to the machines that are on. */
  readonly follow: () => Promise<void>;
}

/** The machines of a region: their records, their processes, and who may do what when. */
export class Machines implements Holders {
  readonly records: Records;
  readonly connections: Connections;
  /** By volume: a file is opened and closed by one at a time. By machine: its record is changed by one at a time. */
  readonly locks = new Locks();
  readonly parts: MachinesParts;
  readonly #leave: () => void;

  constructor(parts: MachinesParts) {
    this.parts = parts;
    this.#leave = parts.computer.join((except) => this.#taken(except));
    this.records = createRecords(parts.folders);
    this.connections = new Connections(parts.folders);
  }

  /** Starts a machine's QEMU. Its record says already that it is wanted. Gives `busy` while somebody works at its volumes. */
  async start(id: string, record: MachineRecord): Promise<'started' | 'busy'> {
    const { folders, settings, volumes, bootOf, acceleration, clock, follow, prlimit } = this.parts;
    const { vcpus, memoryMiB } = hardwareHere(record.spec.instanceType);
    const started = await this.locks.ifFree(
      record.disks.map(({ volume }) => volume),
      async () => {
        const disks = await Promise.all(
          record.disks.map(async (disk) => {
            const file = await volumes.fileOf(disk.volume);
            if (file === undefined) throw new DriverError('invalid', `there is no volume ${disk.volume}`);
            return { ...disk, file };
          }),
        );
        const asked = {
          ...{ id, folder: folders.machine(id), spec: record.spec, vcpus, memoryMiB, disks: rootFirst(disks) },
          acceleration: await acceleration(),
          ownDisks: await makeOwnDisks(folders.machine(id), record.spec.instanceType),
          ...(await bootOf(id, record.spec)),
        };
        // The guest boots while the network comes up to it: a switch may have to start first.
        const [network, qemu] = await Promise.allSettled([follow(), launch(settings.binaries.qemu, asked, prlimit)]);
        if (qemu.status === 'rejected') throw qemu.reason;
        this.connections.add(id, qemu.value);
        if (network.status === 'fulfilled') return 'started' as const;
        await this.connections.end(id);
        throw network.reason;
      },
    );
    if (started === 'started')
      await this.records.write(id, { ...cleared(record), wanted: 'on', started: true, bootedAt: clock.now() });
    return started;
  }

  /** Ends a machine's QEMU, unless somebody works at its volumes: then `busy`. */
  async end(id: string, record: Pick<MachineRecord, 'disks'>): Promise<'ended' | 'busy'> {
    const ended = await this.locks.ifFree(
      record.disks.map(({ volume }) => volume),
      async () => {
        await this.connections.end(id);
        await removeOwnDisks(this.parts.folders.machine(id));
        return 'ended' as const;
      },
    );
    if (ended === 'ended') await this.leaveNetwork(id);
    return ended;
  }

  /** What is off is off, also where the network does not hear of it now: it is told again. */
  async leaveNetwork(id: string): Promise<void> {
    await this.parts.follow().catch((error: unknown) => {
      this.parts.log.debug({ id, err: error }, 'a machine is off, and the network does not know it yet');
    });
  }

  withVolume<T>(volume: string, work: (holder: Holder | undefined) => Promise<T>): Promise<T> {
    return this.locks.inTurn(volume, async () => work(await this.#holderOf(volume)));
  }

  async #holderOf(volume: string): Promise<Holder | undefined> {
    for (const id of await this.records.ids()) {
      const record = await this.records.read(id);
      if (!record?.disks.some((disk) => disk.volume === volume)) continue;
      const qmp = await this.connections.of(id);
      if (qmp !== undefined) return { machine: id, qmp };
    }
    return undefined;
  }

  /** What the machines take that are on, or on their way; without the one that asks. */
  async #taken(except?: string): Promise<readonly Taking[]> {
    return [...(await this.present())].filter(([id]) => id !== except).map(([, { spec }]) => spec);
  }

  /** The machines that are on, or on their way on or off. */
  async present(): Promise<ReadonlyMap<string, MachineRecord>> {
    const ids = await this.records.ids();
    const all = await Promise.all(ids.map(async (id) => ((await this.#takes(id)) ? this.records.read(id) : undefined)));
    return new Map(ids.flatMap((id, at) => (all[at] === undefined ? [] : [[id, all[at]] as const])));
  }

  async #takes(id: string): Promise<boolean> {
    const record = await this.records.read(id);
    if (record === undefined) return false;
    const on = record.wanted === 'on' && record.ended === undefined;
    return on || (await processOf(this.parts.folders.machine(id))) !== undefined;
  }

  /** Writes a machine into its place, if there is room: one after another. */
  async enter(id: string, record: MachineRecord): Promise<void> {
    const { computer, settings } = this.parts;
    await computer.inTurn(async () => {
      if (roomFor(record.spec, await computer.taken(id), settings) < 1) throw noRoom(record.spec);
      await this.records.write(id, record);
    });
  }

  /** Machines that went off by themselves, and were not asked about since. What is found is kept in their records. */
  async ended(): Promise<readonly EndedMachine[]> {
    const found: EndedMachine[] = [];
    for (const id of await this.records.ids()) {
      const why = await this.locks.inTurn(id, () => this.#endOf(id));
      if (why !== undefined) found.push({ id, why });
      await trimConsole(join(this.parts.folders.machine(id), names.console));
    }
    return found;
  }

  async #endOf(id: string): Promise<EndedMachine['why'] | undefined> {
    const record = await this.records.read(id);
    if (record === undefined || record.wanted === 'off' || !record.started) return undefined;
    if (record.ended !== undefined) {
      // A look that was cut off may have left it waiting.
      await this.end(id, record);
      return record.ended;
    }
    if (record.starting || record.reboot?.done === false) return undefined;
    const doing = await this.#doing(id);
    if (doing === 'broken') await this.#goOn(id);
    if (doing !== 'gone' && doing !== 'shutdown') return undefined;
    const ended = doing === 'gone' ? 'crash' : 'shutdown';
    await this.records.write(id, { ...record, ended });
    await this.end(id, record);
    return ended;
  }

  async #goOn(id: string): Promise<void> {
    try {
      await this.connections.goOn(id);
    } catch (error) {
      this.parts.log.debug({ id, err: error }, 'a machine that waits for room does not answer; it is asked again');
    }
  }

  async #doing(id: string) {
    try {
      return await this.connections.doing(id);
    } catch (error) {
      // It runs and does not answer: its health tells that.
      if (error instanceof DriverError && error.trouble === 'unavailable') return 'running';
      throw error;
    }
  }

  /** Ends every QEMU whose machine nobody knows. */
  async endOrphans(): Promise<void> {
    const root = join(this.parts.folders.root, 'machines');
    for (const [folder, pid] of await processesBelow(root)) {
      const id = folder.slice(root.length + 1);
      if ((await this.records.read(id)) !== undefined) continue;
      this.parts.log.warn({ id, pid }, 'a QEMU runs for a machine that nobody knows; it is ended');
      kill(pid);
    }
  }

  /** Lets go of the monitors; the machines go on. */
  async close(): Promise<void> {
    this.#leave();
    await this.connections.close();
  }
}

/** A record without what was about the machine's last end, and its way on. */
export function cleared(record: MachineRecord): MachineRecord {
  const { ended: _ended, starting: _starting, stoppingSince: _since, reboot: _reboot, ...rest } = record;
  return rest;
}

/** Names that root devices have. */
const rootNames = ['/dev/xvda', '/dev/sda1', '/dev/sda', '/dev/vda'];

function rootFirst<D extends { readonly device: string }>(disks: readonly D[]): readonly D[] {
  const root = disks.find(({ device }) => rootNames.includes(device));
  return root === undefined ? disks : [root, ...disks.filter((disk) => disk !== root)];
}
