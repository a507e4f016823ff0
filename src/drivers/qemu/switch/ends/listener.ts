import { createServer, type Server, type Socket } from 'node:net';
import type { OpenPort } from '../../network/plane.ts';

/** A port of a public address, on the host. */
export interface Listener {
  /** What stands in its way; undefined: it listens, or was closed before. */
  readonly decided: Promise<Error | undefined>;
  /** Undefined while it does not listen. */
  open(): OpenPort | undefined;
  close(): void;
}

/**
 * Where the host listens instead where it cannot at a port below 1,024: whoever is not root may not, and a service of the
 * host's at 0.0.0.0 has its port at every address.
 */
const instead = (port: number): readonly number[] => (port < 1024 ? [10_000 + port] : []);

/** Listens at a port of a public address, or instead of it. */
export function createListener(publicIp: string, port: number, take: (socket: Socket) => void): Listener {
  let open: { readonly server: Server; readonly at: number } | undefined;
  let closed = false;

  async function decide(): Promise<Error | undefined> {
    let why: Error | undefined;
    for (const at of [port, ...instead(port)]) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, take);
      const failed = await new Promise<Error | undefined>((resolve) => {
        // A connection that could not be taken later is nobody's.
        server.on('error', resolve);
        server.listen(at, publicIp, () => resolve(undefined));
      });
      if (failed === undefined) {
        if (closed) server.close();
        else open = { server, at };
        return undefined;
      }
      why ??= failed;
    }
    return why;
  }

  return {
    decided: decide(),
    open: () => open && { port, at: open.at },
    close() {
      closed = true;
      open?.server.close();
      open = undefined;
    },
  };
}
