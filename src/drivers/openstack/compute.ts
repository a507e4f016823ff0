import type { Clock } from '../../ports/clock.ts';
import {
  type Call,
  type Compute,
  type DiskSpec,
  DriverError,
  type MachineSpec,
  type Power,
  type QuotaLeft,
  type Seen,
  type SeenMachine,
} from '../../ports/driver.ts';
import type { SeenTags, TagChange } from '../../ports/tags.ts';
import { carriedOf, retagged } from './foreign/tags.ts';
import { attach, type Disks, detach } from './machines/disks.ts';
import type { Healths, HealthsTold } from './machines/healths.ts';
import type { WithKey } from './machines/keys.ts';
import { type Around, ensurePorts, removePorts } from './machines/machinePorts.ts';
import { quotaLeft } from './machines/quotaLeft.ts';
import { confirmResize, isResized, resize, type Sizes } from './machines/resize.ts';
import { haltingOf, healthOf, isGone, rebootingOf, refuseFailed, seenOf, wakingOf, working } from './machines/seen.ts';
import { isFor, type MachineRecord, otherServer, type Servers } from './machines/servers.ts';
import type { Sightings } from './machines/sightings.ts';
import {
  type BlockDevice,
  computeLimits,
  consoleOutput,
  createServer,
  deleteServer,
  deleteServerMetadata,
  type Flavor,
  servers as listServers,
  type Server,
  serverAction,
  updateServerMetadata,
} from './rest/nova.ts';
import type { Session } from './rest/session.ts';
import { isSnapshotting } from './storage/liveSnapshots.ts';

/** What machines need of the rest of the cloud. */
export interface ComputeParts extends Disks, Around, Sizes {
  readonly servers: Servers;
  readonly sightings: Sightings;
  readonly healths: Pick<HealthsTold, 'known'>;
  readonly clock: Clock;
  readonly withKey: WithKey;
  /** Glance's id of an image. */
  readonly imageOf: (image: string, call: Call) => Promise<string | undefined>;
  /** How many servers of a flavor the hosts of a zone can take; a very large number where nobody tells. */
  readonly roomOnHosts: (zone: string, flavor: Flavor | undefined) => Promise<number>;
  readonly flavor: (instanceType: string, account: string) => Flavor | undefined;
  readonly hardware: (
    instanceType: string,
    account: string,
  ) => { readonly vcpus: number; readonly memoryMiB: number } | undefined;
}

/** Machines are Nova's servers. */
export class OpenStackCompute implements Compute {
  readonly #parts: ComputeParts;
  readonly #servers: Servers;

  constructor(parts: ComputeParts) {
    this.#parts = parts;
    this.#servers = parts.servers;
  }

  ensure(id: string, spec: MachineSpec, call: Call): Promise<SeenMachine> {
    return this.#servers.records.alone(id, call, async () => {
      const made = (await this.#servers.records.get(id, call))?.native;
      const atWork = made === undefined ? undefined : this.#parts.sightings.atWork(made);
      if (atWork !== undefined) return atWork;
      const found = await this.#servers.find(id, call);
      if (found.server !== undefined) {
        if (found.record?.native !== undefined) await this.#servers.records.put(id, call, found.record);
        refuseFailed(found.server);
        const seen = this.#seen(found.server);
        if (seen.settled && found.record !== undefined) await this.#removeOther(id, found.session, found.record, call);
        return seen;
      }
      if (found.record?.native !== undefined)
        throw new DriverError('invalid', `the server of ${id} was deleted in the cloud`);
      await this.#make(id, spec, found.session, found.record !== undefined, call);
      return { ...working, power: 'on' };
    });
  }

  async look(id: string, call: Call): Promise<SeenMachine | undefined> {
    const { server } = await this.#servers.find(id, call);
    return server && this.#seen(server);
  }

  absent(id: string, call: Call): Promise<Seen> {
    return this.#servers.records.alone(id, call, async () => {
      const { session, record, server } = await this.#servers.find(id, call);
      if (record === undefined) return { settled: true };
      if (server !== undefined) {
        if (server['OS-EXT-STS:task_state'] === 'deleting') return working;
        if (!(await this.#isSnapshotting(session, server, call))) await deleteServer(session, server.id, call.signal);
        return working;
      }
      if (await this.#removeOther(id, session, record, call)) return working;
      await removePorts(session, id, call);
      await this.#servers.records.delete(id, call);
      return { settled: true };
    });
  }

  async *list(call: Call) {
    const ours = (await this.#servers.records.list(call)).filter(([, made]) => !made.adopted);
    for (const account of new Set(ours.map(([, made]) => made.account))) {
      const ids = new Map(
        ours.filter(([, made]) => made.account === account).map(([id, made]) => [made.native ?? id, id]),
      );
      for await (const server of listServers(await this.#servers.session(account), {}, call.signal)) {
        const named = ids.get(server.name ?? '');
        const id = ids.get(server.id) ?? (named !== undefined && isFor(named, server) ? named : undefined);
        if (id !== undefined && !isGone(server)) yield { id, seen: this.#seen(server) };
      }
    }
  }

  power(id: string, want: Power, _how: { readonly force: boolean }, call: Call): Promise<SeenMachine> {
    return this.#servers.records.alone(id, call, async () => {
      const { session, server } = await this.#servers.need(id, call);
      const seen = this.#seen(server);
      if (!seen.settled) return { ...seen, power: want };
      if (seen.power === want) return seen;
      if (isResized(server)) return { ...(await confirmResize(session, server, call)), power: want };
      if (want === 'off' && (await this.#isSnapshotting(session, server, call))) return { ...working, power: want };
      await serverAction(session, server.id, want === 'on' ? wakingOf(server) : haltingOf(server), call.signal);
      return { ...working, power: want };
    });
  }

  /** Asked again in the same operation it is no second reboot. */
  reboot(id: string, call: Call): Promise<Seen> {
    return this.#servers.records.alone(id, call, async () => {
      const { session, record, server } = await this.#servers.need(id, call);
      const seen = this.#seen(server);
      if (record.reboot === call.operation || !seen.settled) return seen;
      if (seen.power === 'off') throw new DriverError('invalid', `the machine ${id} is off`);
      if (isResized(server)) return confirmResize(session, server, call);
      if (await this.#isSnapshotting(session, server, call)) return working;
      await serverAction(session, server.id, rebootingOf(server), call.signal);
      await this.#servers.records.put(id, call, { ...record, reboot: call.operation });
      return working;
    });
  }

  attach(id: string, disk: DiskSpec, call: Call): Promise<Seen> {
    return this.#servers.records.alone(id, call, async () => {
      const { session, server } = await this.#servers.need(id, call);
      return attach(this.#parts, session, server.id, disk, call);
    });
  }

  detach(id: string, disk: DiskSpec, _how: { readonly force: boolean }, call: Call): Promise<Seen> {
    return this.#servers.records.alone(id, call, async () => {
      const { session, server } = await this.#servers.find(id, call);
      return server === undefined ? { settled: true } : detach(this.#parts, session, server.id, disk, call);
    });
  }

  resize(id: string, instanceType: string, call: Call): Promise<Seen> {
    return this.#servers.records.alone(id, call, () => resize(this.#servers, this.#parts, id, instanceType, call));
  }

  async retag(id: string, change: TagChange, call: Call): Promise<SeenTags> {
    const { session, server: there } = await this.#servers.need(id, call);
    return retagged(change, {
      put: (members) => updateServerMetadata(session, there.id, members, call.signal),
      drop: (key) => deleteServerMetadata(session, there.id, key, call.signal),
      all: async () => (await this.#servers.need(id, call)).server.metadata ?? {},
    });
  }

  async consoleLog(id: string, call: Call) {
    const { session, server } = await this.#servers.find(id, call);
    if (server === undefined || server.status === 'BUILD') return undefined;
    const text = await consoleOutput(session, server.id, undefined, call.signal);
    return text === '' ? undefined : { text: Buffer.from(text), at: this.#parts.clock.now() };
  }

  async room(zone: string, instanceType: string, { account }: Call): Promise<number> {
    return this.#parts.roomOnHosts(zone, this.#parts.flavor(instanceType, account));
  }

  async quota(instanceType: string, call: Call): Promise<QuotaLeft> {
    const limits = await computeLimits(await this.#servers.session(call.account), call.signal);
    return quotaLeft(limits, this.#parts.hardware(instanceType, call.account));
  }

  async health(id: string, call: Call): Promise<Healths> {
    const native = (await this.#servers.records.get(id, call))?.native;
    const told = native === undefined ? undefined : this.#parts.healths.known(call.account, native);
    if (told !== undefined) return told;
    const { server } = await this.#servers.find(id, call);
    return server === undefined ? { system: 'insufficient-data', instance: 'insufficient-data' } : healthOf(server);
  }

  #seen(server: Server): SeenMachine {
    return seenOf(server, this.#parts.clock.now());
  }

  #isSnapshotting(session: Session, server: Server, { signal }: Call): Promise<boolean> {
    return isSnapshotting(session, server, this.#parts.clock.now(), signal);
  }

  /** True when there was one. */
  async #removeOther(id: string, session: Session, record: MachineRecord, call: Call): Promise<boolean> {
    const other = await otherServer(session, id, record, call);
    return other !== undefined && (await deleteServer(session, other.id, call.signal));
  }

  async #make(id: string, spec: MachineSpec, session: Session, resumed: boolean, call: Call): Promise<void> {
    const { withKey } = this.#parts;
    const what = await this.#what(spec, call);
    const record = { account: call.account, type: spec.instanceType, ...(resumed && { again: true }) };
    await this.#servers.records.put(id, call, record);
    const ports = await ensurePorts(session, this.#parts, id, spec.interfaces, resumed, call);
    const create = (key_name?: string) =>
      createServer(
        session,
        {
          name: id,
          ...what,
          networks: ports.length === 0 ? 'none' : ports.map((port) => ({ port })),
          availability_zone: spec.zone,
          metadata: { ...carriedOf(spec.tags), elsewhere: id },
          ...(key_name !== undefined && { key_name }),
          ...(spec.userData !== undefined && { user_data: spec.userData }),
        },
        call.signal,
      );
    const made = await (spec.publicKey === undefined ? create() : withKey(session, spec.publicKey, call, create));
    await this.#servers.records.put(id, call, { ...record, native: made.id });
  }

  /** Flavor, and image or disks. The first disk is the root where the image has no bytes of its own. */
  async #what(spec: MachineSpec, call: Call) {
    const { flavorOf, imageOf, volumeOf } = this.#parts;
    const flavorRef = await flavorOf(spec.instanceType, call.account);
    if (flavorRef === undefined)
      throw new DriverError('unsupported', `there is no flavor for the instance type ${spec.instanceType}`);
    const imageRef = await imageOf(spec.image, call);
    if (imageRef === undefined && spec.disks.length === 0)
      throw new DriverError('invalid', `there is no image ${spec.image}`);
    const disks: BlockDevice[] = [];
    if (imageRef !== undefined && spec.disks.length > 0)
      disks.push({ source_type: 'image', destination_type: 'local', uuid: imageRef, boot_index: 0 });
    for (const [at, disk] of spec.disks.entries()) {
      disks.push({
        source_type: 'volume',
        destination_type: 'volume',
        uuid: await volumeOf(disk.volume, call),
        boot_index: imageRef === undefined && at === 0 ? 0 : -1,
        device_name: disk.device,
        delete_on_termination: false,
      });
    }
    return { flavorRef, ...(imageRef && { imageRef }), ...(disks.length > 0 && { block_device_mapping_v2: disks }) };
  }
}
