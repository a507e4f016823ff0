import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../../../../ports/log.ts';
import type { Network } from '../../network/plane.ts';
import { defaultLimits, type Limits } from '../core/limits.ts';
import { needIp } from '../packets/addresses.ts';
import { createSwitchboard, type Switchboard } from '../switchboard.ts';
import { createGuest, type Guest, realClock } from './guest.fixture.ts';

/** A switch with machines at it, which are none. */
export interface Lab {
  readonly board: Switchboard;
  readonly guests: readonly Guest[];
  /** Where the switch expects the machine with this address. */
  wireOf(ip: string): string;
  /** Applies a network, and waits until all its machines are there. */
  up(network: Network): Promise<void>;
  close(): void;
}

const nothing = (): void => undefined;
const log: Log = { ...{ debug: nothing, info: nothing, warn: nothing, error: nothing }, child: () => log };
const random = { below: (limit: number): number => Math.floor(Math.random() * limit) };

/** @param outsideIp the only address that machines reach through the host */
export async function openLab(ips: readonly string[], outsideIp: string, limits: Partial<Limits> = {}): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'lab-'));
  const wireOf = (ip: string): string => join(folder, ip);
  const guests = await Promise.all(ips.map((ip) => createGuest(ip, wireOf(ip))));
  const outside = needIp(outsideIp);
  const board = createSwitchboard({
    ...{ clock: realClock, limits: { ...defaultLimits, ...limits }, log, random },
    ...{ servers: [], refuses: (ip) => ip !== outside },
  });
  return {
    ...{ board, guests, wireOf },
    async up(network) {
      await board.apply(network);
      while (![...board.ports().values()].every(({ up }) => up)) await pause(5);
    },
    close() {
      board.close();
      for (const guest of guests) guest.close();
      rmSync(folder, { recursive: true });
    },
  };
}
