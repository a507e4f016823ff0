import { hardwareOf } from '../../facts/hardware.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  Call,
  Compute,
  DiskSpec,
  Health,
  InterfaceSpec,
  MachineSpec,
  Power,
  Seen,
  SeenMachine,
} from '../../ports/driver.ts';
import { DriverError } from '../../ports/driver.ts';
import type { Shelf } from '../../ports/store.ts';
import { consoleOf } from './console.ts';
import { healthOf } from './health.ts';
import { sameSpec, until } from './kept.ts';
import { isGone, type MachineRecord, MachineShelf, powerOf, present, seenOf } from './machine.ts';
import { Room } from './room.ts';
import type { SimulatorSettings } from './settings.ts';

/** Pretend machines. A launch costs one get and one put; nothing is remembered outside the shelf. */
export class SimulatedCompute implements Compute {
  readonly #machines: MachineShelf;
  readonly #clock: Clock;
  readonly #settings: SimulatorSettings;
  readonly #room: Room;
  readonly #hasVolume: (id: string, call: Call) => Promise<boolean>;

  constructor(
    shelf: Shelf,
    clock: Clock,
    settings: SimulatorSettings,
    hasVolume: (id: string, call: Call) => Promise<boolean>,
  ) {
    this.#machines = new MachineShelf(shelf);
    this.#clock = clock;
    this.#settings = settings;
    this.#room = new Room(this.#machines, clock, settings.capacity);
    this.#hasVolume = hasVolume;
  }

  /** A machine that is there keeps its power; what changed in its specification holds from its next boot on. */
  async ensure(id: string, spec: MachineSpec, call: Call): Promise<SeenMachine> {
    const now = this.#clock.now();
    const found = await this.#machines.get(call.region, id);
    if (found !== undefined && isGone(found, now)) await this.#machines.delete(call.region, id);
    else if (found?.goneAt !== undefined) throw new DriverError('conflict', `the machine ${id} is being terminated`);
    else if (found !== undefined) return this.#converge(id, found, spec, call);
    if (hardwareOf(spec.instanceType) === undefined) {
      throw new DriverError('unsupported', `there is no instance type ${spec.instanceType}`);
    }
    const changesAt = now + this.#settings.delays.launch;
    const machine: MachineRecord = { spec, power: 'on', askedAt: now, changesAt, bootedAt: changesAt, starts: 1 };
    const enter = () => this.#machines.put(call.region, id, machine);
    await this.#room.take(call.region, id, spec, enter, () => this.#machines.delete(call.region, id));
    return seenOf(machine, this.#clock.now());
  }

  async look(id: string, call: Call): Promise<SeenMachine | undefined> {
    const machine = await this.#machines.get(call.region, id);
    const now = this.#clock.now();
    return machine === undefined || isGone(machine, now) ? undefined : seenOf(machine, now);
  }

  async absent(id: string, call: Call, how?: { readonly force: boolean }): Promise<Seen> {
    const machine = await this.#machines.get(call.region, id);
    if (machine === undefined) return { settled: true };
    const now = this.#clock.now();
    const { terminate, forceStop } = this.#settings.delays;
    const goneAt = machine.goneAt ?? now + (how?.force ? Math.min(forceStop, terminate) : terminate);
    if (goneAt <= now) await this.#machines.delete(call.region, id);
    else if (machine.goneAt === undefined)
      await this.#machines.put(call.region, id, { ...machine, goneAt, goingSince: now });
    return until(goneAt, now);
  }

  async *list(call: Call) {
    for (const [id, machine] of await this.#machines.all(call.region)) {
      const now = this.#clock.now();
      if (!isGone(machine, now)) yield { id, seen: seenOf(machine, now) };
    }
  }

  async power(id: string, want: Power, how: { readonly force: boolean }, call: Call): Promise<SeenMachine> {
    const now = this.#clock.now();
    const machine = present(id, await this.#machines.get(call.region, id), now);
    if (machine.power === want) return seenOf(machine, now);
    const changed = want === 'on' ? this.#poweredOn(machine, now) : this.#poweredOff(machine, now, how.force);
    const enter = () => this.#machines.put(call.region, id, changed);
    const leave = () => this.#machines.put(call.region, id, machine);
    await (want === 'on' ? this.#room.take(call.region, id, machine.spec, enter, leave) : enter());
    return seenOf(changed, this.#clock.now());
  }

  /** A reboot belongs to the operation that asks for it: asking again in the same operation is no second reboot. */
  async reboot(id: string, call: Call): Promise<Seen> {
    const now = this.#clock.now();
    const machine = present(id, await this.#machines.get(call.region, id), now);
    const { reboots } = await this.#machines.parts(call.region, id);
    const known = reboots.find(({ operation }) => operation === call.operation);
    if (known !== undefined) return until(known.bootsAt, now);
    if (machine.power === 'off') throw new DriverError('invalid', `the machine ${id} is off`);
    const bootsAt = Math.max(now, machine.changesAt) + this.#settings.delays.reboot;
    await this.#machines.putReboot(call.region, id, call.operation, { askedAt: now, bootsAt });
    for (const { operation } of reboots.slice(0, -1)) await this.#machines.deleteReboot(call.region, id, operation);
    return until(bootsAt, now);
  }

  async attach(id: string, disk: DiskSpec, call: Call): Promise<Seen> {
    const now = this.#clock.now();
    const { spec } = present(id, await this.#machines.get(call.region, id), now);
    const known = await this.#machines.getDisk(call.region, id, disk.volume);
    if (known?.attached && known.device === disk.device) return until(known.changesAt, now);
    const launched = spec.disks.some(({ device, volume }) => device === disk.device && volume === disk.volume);
    if (known === undefined && launched) return { settled: true };
    if (!(await this.#hasVolume(disk.volume, call))) {
      throw new DriverError('invalid', `there is no volume ${disk.volume}`);
    }
    return this.#changeDisk(id, disk, true, this.#settings.delays.attach, call);
  }

  async detach(id: string, disk: DiskSpec, how: { readonly force: boolean }, call: Call): Promise<Seen> {
    const now = this.#clock.now();
    const machine = await this.#machines.get(call.region, id);
    if (machine === undefined || isGone(machine, now)) return { settled: true };
    const known = await this.#machines.getDisk(call.region, id, disk.volume);
    const launched = machine.spec.disks.some(({ volume }) => volume === disk.volume);
    if (known === undefined && !launched) return { settled: true };
    if (known === undefined || known.attached) {
      const takes = how.force ? 0 : this.#settings.delays.detach;
      if (takes > 0 || launched) return this.#changeDisk(id, disk, false, takes, call);
    } else if (known.changesAt > now || launched) return until(known.changesAt, now);
    await this.#machines.putDisk(call.region, id, disk.volume, undefined);
    return { settled: true };
  }

  async attachInterface(id: string, nic: InterfaceSpec, call: Call): Promise<Seen> {
    const machine = present(id, await this.#machines.get(call.region, id), this.#clock.now());
    const { interfaces } = machine.spec;
    if (interfaces.some((one) => one.id === nic.id)) return { settled: true };
    const spec = { ...machine.spec, interfaces: [...interfaces, nic] };
    await this.#machines.put(call.region, id, { ...machine, spec });
    return { settled: true };
  }

  async detachInterface(id: string, on: string, call: Call): Promise<Seen> {
    const machine = await this.#machines.get(call.region, id);
    if (machine === undefined || isGone(machine, this.#clock.now())) return { settled: true };
    const interfaces = machine.spec.interfaces.filter((one) => one.id !== on);
    if (interfaces.length < machine.spec.interfaces.length)
      await this.#machines.put(call.region, id, { ...machine, spec: { ...machine.spec, interfaces } });
    return { settled: true };
  }

  async consoleLog(id: string, call: Call) {
    const machine = await this.#machines.get(call.region, id);
    if (machine === undefined || isGone(machine, this.#clock.now())) return undefined;
    const parts = await this.#machines.parts(call.region, id);
    return consoleOf({ id, machine, parts, bootMs: this.#settings.delays.boot }, this.#clock.now());
  }

  room(zone: string, instanceType: string, call: Call): Promise<number> {
    return this.#room.left(call.region, zone, instanceType);
  }

  async health(id: string, call: Call): Promise<{ readonly system: Health; readonly instance: Health }> {
    const machine = await this.#machines.get(call.region, id);
    const now = this.#clock.now();
    if (machine === undefined || isGone(machine, now)) {
      return { system: 'insufficient-data', instance: 'insufficient-data' };
    }
    const { reboots } = await this.#machines.parts(call.region, id);
    return healthOf({ id, region: call.region, machine, reboots }, this.#settings, now);
  }

  /** Zone and type of a machine, for rules; nothing of one that is not there. */
  async about(id: string, call: Call): Promise<{ readonly zone?: string; readonly type?: string }> {
    const machine = await this.#machines.get(call.region, id);
    return machine === undefined ? {} : { zone: machine.spec.zone, type: machine.spec.instanceType };
  }

  async #converge(id: string, found: MachineRecord, spec: MachineSpec, call: Call): Promise<SeenMachine> {
    if (sameSpec(found.spec, spec)) return seenOf(found, this.#clock.now());
    // The new specification names all disks: what was attached and detached before is in it.
    const { disks } = await this.#machines.parts(call.region, id);
    for (const volume of disks.keys()) await this.#machines.putDisk(call.region, id, volume, undefined);
    const machine = { ...found, spec };
    await this.#machines.put(call.region, id, machine);
    return seenOf(machine, this.#clock.now());
  }

  #poweredOn({ cut: _, ...machine }: MachineRecord, now: number): MachineRecord {
    const changesAt = Math.max(now, machine.changesAt) + this.#settings.delays.start;
    return { ...machine, power: 'on', askedAt: now, changesAt, bootedAt: changesAt, starts: machine.starts + 1 };
  }

  #poweredOff(machine: MachineRecord, now: number, force: boolean): MachineRecord {
    const { stop, forceStop } = this.#settings.delays;
    const cut = force || powerOf(machine, now) === 'off';
    return { ...machine, power: 'off', askedAt: now, changesAt: now + (force ? forceStop : stop), cut };
  }

  async #changeDisk(id: string, disk: DiskSpec, attached: boolean, takes: number, call: Call): Promise<Seen> {
    const now = this.#clock.now();
    const record = { device: disk.device, attached, askedAt: now, changesAt: now + takes };
    await this.#machines.putDisk(call.region, id, disk.volume, record);
    return until(record.changesAt, now);
  }
}
