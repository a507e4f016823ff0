import { join } from 'node:path';
import {
  type Call,
  type Compute,
  type DiskSpec,
  DriverError,
  type InterfaceSpec,
  type MachineSpec,
  type Power,
  type Seen,
  type SeenMachine,
} from '../../../ports/driver.ts';
import type { SeenPort } from '../network/plane.ts';
import { names } from './commandLine.ts';
import { readConsole } from './consoleLog.ts';
import { healthOf } from './health.ts';
import { plugIn, pullOut } from './hotplug.ts';
import { giveInterface, takeInterface } from './interfaces.ts';
import { cleared, type Machines } from './machines.ts';
import { readdressed } from './readdressed.ts';
import type { MachineRecord } from './record.ts';
import { hardwareHere, roomFor } from './room.ts';
import { troubleOf } from './trouble.ts';
import { usageOf } from './usage.ts';

/** When to look again at what is on its way, and at what somebody else has in hand; milliseconds. */
const again = { soon: 250, busy: 500 } as const;

const later = { settled: false, lookAgainMs: again.soon } as const;
const done = { settled: true } as const;

/** Real machines. Everything is found again in their folders and in their QEMUs: nothing is remembered. */
export class QemuCompute implements Compute {
  readonly #region: string;
  readonly #machines: Machines;
  readonly #ports: () => Promise<ReadonlyMap<string, SeenPort> | undefined>;

  /** @param ports what the network sees of the machines' interfaces; undefined: there is none */
  constructor(region: string, machines: Machines, ports: () => Promise<ReadonlyMap<string, SeenPort> | undefined>) {
    this.#region = region;
    this.#machines = machines;
    this.#ports = ports;
  }

  ensure(id: string, spec: MachineSpec, call: Call): Promise<SeenMachine> {
    if (call.region !== this.#region) throw new DriverError('invalid', `the region ${call.region} is not here`);
    return this.#with(id, async (found) => {
      if (found?.goingSince !== undefined) throw new DriverError('conflict', `the machine ${id} is being terminated`);
      hardwareHere(spec.instanceType);
      // A machine that was there keeps its power; what changed in its specification holds from its next start on.
      if (found?.started) return this.#respecified(id, found, spec);
      const record: MachineRecord = { account: call.account, spec, disks: spec.disks, wanted: 'on', started: false };
      await this.#machines.enter(id, record);
      try {
        return await this.#start(id, record);
      } catch (error) {
        if (error instanceof DriverError && !error.retry) await this.#machines.records.remove(id);
        throw error;
      }
    });
  }

  async look(id: string, call: Call): Promise<SeenMachine | undefined> {
    const record = call.region === this.#region ? await this.#machines.records.read(id) : undefined;
    return record && this.#seen(id, record);
  }

  absent(id: string, call: Call, how?: { readonly force: boolean }): Promise<Seen> {
    if (call.region !== this.#region) return Promise.resolve(done);
    return this.#with(id, async (found) => {
      const { records, connections, parts } = this.#machines;
      if (found === undefined) {
        await connections.end(id);
        await records.remove(id);
        return done;
      }
      const goingSince = found.goingSince ?? parts.clock.now();
      const record: MachineRecord = { ...found, wanted: 'off', goingSince };
      if (found.goingSince === undefined) await records.write(id, record);
      const until = how?.force ? 0 : goingSince + parts.settings.patience.terminate;
      if (!(await this.#switchedOff(id, record, until))) return later;
      await records.remove(id);
      await this.#machines.leaveNetwork(id);
      return done;
    });
  }

  async *list(call: Call) {
    if (call.region !== this.#region) return;
    await this.#machines.endOrphans();
    for (const id of await this.#machines.records.ids()) {
      const record = await this.#machines.records.read(id);
      if (record !== undefined) yield { id, seen: await this.#seen(id, record) };
    }
  }

  power(id: string, want: Power, how: { readonly force: boolean }, call: Call): Promise<SeenMachine> {
    return this.#present(id, call, (record) =>
      want === 'on' ? this.#on(id, record) : this.#off(id, record, how.force),
    );
  }

  /** The guest is asked to switch itself off, and is then started anew in place; one that does not obey, or cannot, is reset. */
  reboot(id: string, call: Call): Promise<Seen> {
    return this.#present(id, call, async (record) => {
      const { records, connections, parts } = this.#machines;
      const known = record.reboot?.operation === call.operation ? record.reboot : undefined;
      if (known?.done) return done;
      const doing = await connections.doing(id);
      if (record.wanted === 'off' || record.ended !== undefined || doing === 'gone')
        throw new DriverError('invalid', `the machine ${id} is off`);
      const now = parts.clock.now();
      const reboot = known ?? { operation: call.operation, askedAt: now, done: false };
      if (known === undefined) await records.write(id, { ...record, reboot });
      if (doing === 'running' && now < reboot.askedAt + parts.settings.patience.reboot) {
        await this.#pressButton(id);
        return later;
      }
      const qmp = await connections.of(id);
      await qmp?.execute('system_reset');
      await qmp?.execute('cont');
      await records.write(id, { ...record, bootedAt: now, reboot: { ...reboot, done: true } });
      return done;
    });
  }

  attach(id: string, disk: DiskSpec, call: Call): Promise<Seen> {
    return this.#present(id, call, async (record) => {
      const { records, connections, locks, parts } = this.#machines;
      const file = await parts.volumes.fileOf(disk.volume);
      if (file === undefined) throw new DriverError('invalid', `there is no volume ${disk.volume}`);
      const plugged = await locks.ifFree([disk.volume], async () => {
        const others = record.disks.filter(({ volume }) => volume !== disk.volume);
        // It is written first: whoever looks for the volume's holder asks this machine.
        await records.write(id, { ...record, disks: [...others, disk] });
        const qmp = await connections.of(id);
        // The top may be another file since it was asked for.
        if (qmp !== undefined) await plugIn(qmp, disk.volume, (await parts.volumes.fileOf(disk.volume)) ?? file);
        return done;
      });
      return plugged === 'busy' ? { settled: false, lookAgainMs: again.busy } : plugged;
    });
  }

  detach(id: string, disk: DiskSpec, _how: { readonly force: boolean }, call: Call): Promise<Seen> {
    if (call.region !== this.#region) return Promise.resolve(done);
    return this.#with(id, async (record) => {
      const { records, connections, locks, parts } = this.#machines;
      if (!record?.disks.some(({ volume }) => volume === disk.volume)) return done;
      const pulled = await locks.ifFree([disk.volume], async () => {
        const qmp = await connections.of(id);
        if (qmp !== undefined && !(await pullOut(qmp, disk.volume, parts.clock))) return later;
        await records.write(id, { ...record, disks: record.disks.filter(({ volume }) => volume !== disk.volume) });
        return done;
      });
      return pulled === 'busy' ? { settled: false, lookAgainMs: again.busy } : pulled;
    });
  }

  attachInterface(id: string, nic: InterfaceSpec, call: Call): Promise<Seen> {
    return this.#present(id, call, async (record) => {
      await giveInterface(this.#machines, id, record, nic);
      return done;
    });
  }

  detachInterface(id: string, on: string, call: Call): Promise<Seen> {
    if (call.region !== this.#region) return Promise.resolve(done);
    return this.#with(id, async (record) => {
      const isGone = record === undefined || (await takeInterface(this.#machines, id, record, on));
      return isGone ? done : later;
    });
  }

  async consoleLog(id: string, call: Call) {
    if (call.region !== this.#region || (await this.#machines.records.read(id)) === undefined) return undefined;
    return readConsole(join(this.#machines.parts.folders.machine(id), names.console));
  }

  async room(zone: string, instanceType: string, call: Call): Promise<number> {
    if (call.region !== this.#region) return 0;
    const { computer, settings } = this.#machines.parts;
    return roomFor({ zone, instanceType }, await computer.taken(), settings);
  }

  async health(id: string, call: Call) {
    const record = call.region === this.#region ? await this.#machines.records.read(id) : undefined;
    if (record === undefined) return { system: 'insufficient-data', instance: 'insufficient-data' } as const;
    const { connections, parts } = this.#machines;
    return healthOf(record, () => connections.doing(id), this.#ports, parts.clock.now());
  }

  /** Machines that went off by themselves. */
  ended(call: Call) {
    return call.region === this.#region ? this.#machines.ended() : Promise.resolve([]);
  }

  usage(call: Call) {
    return call.region === this.#region ? usageOf(this.#machines, this.#ports) : Promise.resolve([]);
  }

  #with<T>(id: string, work: (record: MachineRecord | undefined) => Promise<T>): Promise<T> {
    const { locks, records } = this.#machines;
    return locks.inTurn(id, async () => {
      try {
        return await work(await records.read(id));
      } catch (error) {
        throw troubleOf(id, error);
      }
    });
  }

  #present<T>(id: string, call: Call, work: (record: MachineRecord) => Promise<T>): Promise<T> {
    return this.#with(id, (record) => {
      if (record === undefined || call.region !== this.#region)
        throw new DriverError('invalid', `there is no machine ${id}`);
      if (record.goingSince !== undefined) throw new DriverError('conflict', `the machine ${id} is being terminated`);
      return work(record);
    });
  }

  async #respecified(id: string, found: MachineRecord, spec: MachineSpec): Promise<SeenMachine> {
    const isOff = found.wanted === 'off' || found.ended !== undefined;
    // A machine that runs has the disks that were attached since, and at once only another automatic address.
    const record = isOff ? { ...found, spec, disks: spec.disks } : { ...found, spec: readdressed(found.spec, spec) };
    await this.#machines.records.write(id, record);
    if (!isOff) await this.#machines.parts.follow();
    return this.#seen(id, record);
  }

  async #start(id: string, record: MachineRecord): Promise<SeenMachine> {
    const started = await this.#machines.start(id, record);
    return started === 'started' ? { ...done, power: 'on' } : { settled: false, lookAgainMs: again.busy, power: 'off' };
  }

  async #on(id: string, record: MachineRecord): Promise<SeenMachine> {
    const { connections, records } = this.#machines;
    const doing = await connections.doing(id);
    if ((doing === 'running' || doing === 'broken') && record.ended === undefined) {
      if (record.wanted === 'off' || record.starting) await records.write(id, { ...cleared(record), wanted: 'on' });
      return { ...done, power: 'on' };
    }
    if (doing !== 'gone' && (await this.#machines.end(id, record)) === 'busy') return { ...later, power: 'off' };
    const wanted: MachineRecord = { ...cleared(record), wanted: 'on', started: true, starting: true };
    await this.#machines.enter(id, wanted);
    try {
      return await this.#start(id, wanted);
    } catch (error) {
      await records.write(id, { ...cleared(record), wanted: 'off' });
      throw error;
    }
  }

  async #off(id: string, record: MachineRecord, force: boolean): Promise<SeenMachine> {
    const { records, parts } = this.#machines;
    const stoppingSince = record.stoppingSince ?? parts.clock.now();
    const stopping: MachineRecord = { ...cleared(record), wanted: 'off', stoppingSince };
    if (record.wanted === 'on' || record.stoppingSince === undefined) await records.write(id, stopping);
    const until = force ? 0 : stoppingSince + parts.settings.patience.stop;
    if (!(await this.#switchedOff(id, stopping, until))) return { ...later, power: 'on' };
    return { ...done, power: 'off' };
  }

  /** Presses the power button until it has worked; cuts the power after `until`. True when the machine is off. */
  async #switchedOff(id: string, record: MachineRecord, until: number): Promise<boolean> {
    const { connections, parts } = this.#machines;
    const isLate = parts.clock.now() >= until;
    const doing = isLate ? 'running' : await connections.doing(id);
    if (doing === 'gone') return true;
    if (doing === 'running' && !isLate) {
      await this.#pressButton(id);
      return false;
    }
    return (await this.#machines.end(id, record)) === 'ended';
  }

  async #pressButton(id: string): Promise<void> {
    const qmp = await this.#machines.connections.of(id);
    await qmp?.execute('system_powerdown');
  }

  async #seen(id: string, record: MachineRecord): Promise<SeenMachine> {
    if (record.goingSince !== undefined) return { ...later, power: 'on' };
    if (!record.started) return { ...later, power: 'off' };
    const doing = await this.#machines.connections.doing(id);
    const rebooting = record.reboot?.done === false;
    const isOn =
      doing === 'running' || doing === 'broken' || (doing === 'shutdown' && (rebooting || record.wanted === 'off'));
    if (record.starting && !isOn) return { ...later, power: 'off' };
    if (record.wanted === 'off') return isOn ? { ...later, power: 'on' } : { ...done, power: 'off' };
    return { settled: !rebooting, ...(rebooting && { lookAgainMs: again.soon }), power: isOn ? 'on' : 'off' };
  }
}
