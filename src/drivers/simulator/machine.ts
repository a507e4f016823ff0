import { type DiskSpec, DriverError, type MachineSpec, type Power, type SeenMachine } from '../../ports/driver.ts';
import type { Shelf } from '../../ports/store.ts';
import { until } from './kept.ts';

/** What the pretend cloud keeps of a machine. Times are epoch milliseconds. Written only by launch, power and absent. */
export interface MachineRecord {
  readonly spec: MachineSpec;
  /** What was asked for last; it is so from `changesAt` on. */
  readonly power: Power;
  readonly askedAt: number;
  readonly changesAt: number;
  /** When the last power on took effect. */
  readonly bootedAt: number;
  /** How often it was powered on; the launch is 1. */
  readonly starts: number;
  /** The power was cut: the system had no time to say good-bye. */
  readonly cut?: boolean;
  /** When it is gone, once that was asked for, and when it was asked for. */
  readonly goneAt?: number;
  readonly goingSince?: number;
}

/** A disk that was attached to, or detached from, a machine after its launch. */
export interface DiskRecord {
  readonly device: string;
  readonly attached: boolean;
  readonly askedAt: number;
  readonly changesAt: number;
}

/** A reboot: the system goes down from `askedAt` on, and boots again at `bootsAt`. */
export interface RebootRecord {
  readonly askedAt: number;
  readonly bootsAt: number;
}

/** What has keys of its own, so that operations on a machine and on its volumes never overwrite each other. */
export interface MachineParts {
  readonly disks: ReadonlyMap<string, DiskRecord>;
  /** By operation, the earliest first. */
  readonly reboots: readonly (RebootRecord & { readonly operation: string })[];
}

export const isGone = ({ goneAt }: MachineRecord, now: number): boolean => goneAt !== undefined && goneAt <= now;

/** The power that a machine has now. */
export const powerOf = ({ power, changesAt }: MachineRecord, now: number): Power =>
  changesAt <= now ? power : power === 'on' ? 'off' : 'on';

export const seenOf = (machine: MachineRecord, now: number): SeenMachine => ({
  ...until(machine.goneAt ?? machine.changesAt, now),
  power: powerOf(machine, now),
});

/** Whether the machine takes a place of its zone: from the launch or start on, until it is off or gone. */
export const takesRoom = (machine: MachineRecord, now: number): boolean =>
  !isGone(machine, now) && (machine.power === 'on' || machine.changesAt > now);

/** The disks of a machine at a time: those of its launch, and what was attached and detached since. */
export function disksAt(spec: MachineSpec, parts: MachineParts, at: number): readonly DiskSpec[] {
  const kept = spec.disks.flatMap((disk) => {
    const change = parts.disks.get(disk.volume);
    if (change === undefined || change.changesAt > at) return [disk];
    return change.attached ? [{ device: change.device, volume: disk.volume }] : [];
  });
  const added = [...parts.disks]
    .filter(([volume, { attached, changesAt }]) => {
      return attached && changesAt <= at && !kept.some((disk) => disk.volume === volume);
    })
    .map(([volume, { device }]) => ({ device, volume }));
  return [...kept, ...added];
}

/** The machines' records on the shelf. */
export class MachineShelf {
  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  async get(region: string, id: string): Promise<MachineRecord | undefined> {
    return parsed(await this.#shelf.get(`machine/${region}/${id}`));
  }

  put(region: string, id: string, machine: MachineRecord): Promise<void> {
    return this.#shelf.put(`machine/${region}/${id}`, JSON.stringify(machine));
  }

  /** Every record of a region, also of machines that are gone by now. */
  async all(region: string): Promise<readonly (readonly [id: string, machine: MachineRecord])[]> {
    const prefix = `machine/${region}/`;
    const pairs = await this.#shelf.list(prefix);
    return pairs.map(([key, text]) => [key.slice(prefix.length), JSON.parse(text)] as const);
  }

  /** Forgets a machine and all that belongs to it; the record last, so that a broken-off attempt can be repeated. */
  async delete(region: string, id: string): Promise<void> {
    for (const [key] of await this.#shelf.list(`machine-part/${region}/${id}/`)) await this.#shelf.delete(key);
    await this.#shelf.delete(`machine/${region}/${id}`);
  }

  async parts(region: string, id: string): Promise<MachineParts> {
    const disks = new Map<string, DiskRecord>();
    const reboots: (RebootRecord & { operation: string })[] = [];
    const prefix = `machine-part/${region}/${id}/`;
    for (const [key, text] of await this.#shelf.list(prefix)) {
      const [kind, name = ''] = key.slice(prefix.length).split('/');
      if (kind === 'disk') disks.set(name, JSON.parse(text));
      else reboots.push({ ...JSON.parse(text), operation: name });
    }
    return { disks, reboots: reboots.sort((one, other) => one.bootsAt - other.bootsAt) };
  }

  async getDisk(region: string, id: string, volume: string): Promise<DiskRecord | undefined> {
    return parsed(await this.#shelf.get(`machine-part/${region}/${id}/disk/${volume}`));
  }

  /** `undefined` forgets the change: the disk is as the machine's specification says. */
  putDisk(region: string, id: string, volume: string, disk: DiskRecord | undefined): Promise<void> {
    const key = `machine-part/${region}/${id}/disk/${volume}`;
    return disk === undefined ? this.#shelf.delete(key) : this.#shelf.put(key, JSON.stringify(disk));
  }

  putReboot(region: string, id: string, operation: string, reboot: RebootRecord): Promise<void> {
    return this.#shelf.put(`machine-part/${region}/${id}/reboot/${operation}`, JSON.stringify(reboot));
  }

  deleteReboot(region: string, id: string, operation: string): Promise<void> {
    return this.#shelf.delete(`machine-part/${region}/${id}/reboot/${operation}`);
  }
}

const parsed = <T>(text: string | undefined): T | undefined => (text === undefined ? undefined : JSON.parse(text));

/** A machine that is there and not on its way out; everything else is an error. */
export function present(id: string, machine: MachineRecord | undefined, now: number): MachineRecord {
  if (machine === undefined || isGone(machine, now)) throw new DriverError('invalid', `there is no machine ${id}`);
  if (machine.goneAt !== undefined) throw new DriverError('conflict', `the machine ${id} is being terminated`);
  return machine;
}
