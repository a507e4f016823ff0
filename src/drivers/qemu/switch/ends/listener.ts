import { createHash } from 'node:crypto';
import type { OpenPort } from '../../network/plane.ts';
import type { Door, Opens } from './doors.ts';
import type { Wanted } from './wanted.ts';

/** A port of a public address, on the host. */
export interface Listener {
  /** What stands in its way; undefined: it listens, or was closed before. */
  readonly decided: Promise<Error | undefined>;
  /** Undefined while it does not listen. */
  open(): Pick<OpenPort, 'port' | 'at' | 'on'> | undefined;
  close(): void;
}

/**
 * Where the host listens instead where it cannot at a port below 1,024: whoever is not root may not, and a service of the
 * host's at 0.0.0.0 has its port at every address.
 */
const instead = (port: number): readonly number[] => (port < 1024 ? [10_000 + port] : []);

/** The address that every host has: of the others of the loopback network some have none (macOS) until they are set up. */
const everywhere = '127.0.0.1';
/** Ports there, of which each port of each public address has one that is always tried first, and how many are tried. */
const mapped = { first: 20_000, ports: 40_000, tries: 16 } as const;

/** Ports at 127.0.0.1 for a port of a public address that the host does not have. */
export function mappedPorts(publicIp: string, port: number): readonly number[] {
  const from = createHash('sha256').update(`${publicIp} ${port}`).digest().readUInt32BE(0);
  return Array.from({ length: mapped.tries }, (_, at) => mapped.first + ((from + at) % mapped.ports));
}

/** Listens at a port of a public address, or instead of it. */
export function createListener({ publicIp, port }: Pick<Wanted, 'publicIp' | 'port'>, opens: Opens): Listener {
  let open: { readonly door: Door; readonly at: number; readonly on: string } | undefined;
  let closed = false;

  /** Undefined once it listens at one of the ports; else why not at the first. */
  async function tryAt(on: string, ports: readonly number[]): Promise<NodeJS.ErrnoException | undefined> {
    let why: Error | undefined;
    for (const at of ports) {
      const door = await opens(at, on);
      if (!(door instanceof Error)) {
        if (closed) door.close();
        else open = { door, at, on };
        return undefined;
      }
      why ??= door;
    }
    return why;
  }

  async function decide(): Promise<Error | undefined> {
    const why = await tryAt(publicIp, [port, ...instead(port)]);
    return why?.code === 'EADDRNOTAVAIL' ? tryAt(everywhere, mappedPorts(publicIp, port)) : why;
  }

  return {
    decided: decide(),
    open: () => open && { port, at: open.at, ...(open.on !== publicIp && { on: open.on }) },
    close() {
      closed = true;
      open?.door.close();
      open = undefined;
    },
  };
}
