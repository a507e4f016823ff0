import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import type { World } from '../../cloud/context/world.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ConsoleKind, Consoles, NoConsole } from '../../ports/consoles.ts';
import { accessKeyId, now, secret } from '../awsquery/signature/client.fixture.ts';
import { listenForUpgrades } from '../http/upgrades.ts';
import { type Authenticate, keyedDoor, openDoor } from '../query/authenticate.ts';
import { Clients } from './client.fixture.ts';
import { type ConsoleDoor, type ConsoleParts, createConsoleDoor } from './door.ts';

/** Signatures are verified; the one key that there is is of this account. */
export const keyOf = (account: string): Authenticate =>
  keyedDoor({ find: async (id) => (id === accessKeyId ? { accessKeyId, account, secret, active: true } : undefined) });

/** A door, and a cloud whose consoles end in this process. */
export class Stage {
  door!: ConsoleDoor;
  #server: Server | undefined;
  /** What the cloud answers who opens a console. */
  opens: (kind: ConsoleKind) => Promise<Duplex | NoConsole> = () => this.connected();
  /** The machines' own ends of the consoles that were opened, and the server's. */
  readonly machines: Duplex[] = [];
  readonly ends: Duplex[] = [];
  readonly clients = new Clients(() => this.port);
  readonly consoles: Consoles = { open: (_, kind) => this.opens(kind), screenshot: async () => 'none' };

  get port(): number {
    return (this.#server!.address() as AddressInfo).port;
  }

  /** A console; as of a socket, one end goes with the other. */
  async connected(): Promise<Duplex> {
    const [ours, machine] = duplexPair();
    this.machines.push(machine);
    this.ends.push(ours);
    machine.on('close', () => ours.destroy());
    ours.on('close', () => machine.destroy());
    return ours;
  }

  /** Whether the server has let go of every console. */
  isFree(): boolean {
    return this.ends.every(({ destroyed }) => destroyed);
  }

  /** Opens the door: in open mode, unless it is told otherwise. */
  async begin(world: World, more: Partial<ConsoleParts> = {}): Promise<void> {
    const clock: Clock = { now: () => now, at: (at, callback) => world.clock.at(at, callback) };
    this.door = createConsoleDoor({
      ...{ world, authenticate: openDoor, defaultRegion: 'us-east-1', log: world.log, clock, openAt: '127.0.0.1' },
      patience: { beatMs: 60_000, farewellMs: 200, waitingBytes: 64 * 1024 },
      ...more,
    });
    this.#server = createServer((_, response) => response.end());
    listenForUpgrades(this.#server, this.door, () => []);
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async end(): Promise<void> {
    this.clients.leave();
    for (const machine of this.machines) machine.destroy();
    await this.door.close();
    await new Promise((resolve) => this.#server!.close(resolve));
  }
}
