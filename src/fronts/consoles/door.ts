import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { openConsole } from '../../cloud/instance/consoles.ts';
import type { ConsoleKind } from '../../ports/consoles.ts';
import type { Log } from '../../ports/log.ts';
import type { Answer } from '../http/send.ts';
import type { Upgrade, Upgrades } from '../http/upgrades.ts';
import { textOf } from '../query/body.ts';
import { type NotOpened, notOpened, refuse, withoutConsole } from './answers.ts';
import { type Carrying, carry, closing, type Patience } from './carry.ts';
import { isNoStranger } from './origin.ts';
import { createSeats, type Places, usualPlaces } from './seats.ts';
import { type Asking, whoAsks } from './whose.ts';

/** Where consoles are on the port of the APIs; the id of the instance is behind it. */
export const consolePaths: Readonly<Record<ConsoleKind, string>> = {
  serial: '/_elsewhere/console/',
  screen: '/_elsewhere/vnc/',
};

/** The largest message of a client, in bytes: what somebody pastes. Keys and mouse are some bytes. */
const largestMessage = 256 * 1024;

export interface ConsoleParts extends Asking {
  readonly log: Log;
  readonly places?: Places;
  readonly patience?: Patience;
}

/** The door to the consoles of machines, by WebSocket. */
export interface ConsoleDoor extends Upgrades {
  /** What a request is told that is not one for WebSocket. */
  answer(): Promise<Answer>;
  /** Ends every console, and opens none any more; resolves when all are closed. */
  close(): Promise<void>;
}

const wayTo = (path: string): { readonly kind: ConsoleKind; readonly id: string } | undefined => {
  for (const kind of ['serial', 'screen'] as const)
    if (path.startsWith(consolePaths[kind])) return { kind, id: path.slice(consolePaths[kind].length) };
  return undefined;
};

/** Who looks at a screen in a browser asks for this subprotocol, as noVNC does; frames of text are of no use to them. */
const chosen = (offered: ReadonlySet<string>): string | false => (offered.has('binary') ? 'binary' : false);

const stopping: NotOpened = { status: 503, line: 'The server is stopping.' };

export const createConsoleDoor = (parts: ConsoleParts): ConsoleDoor => new Door(parts);

class Door implements ConsoleDoor {
  readonly #parts: ConsoleParts;
  readonly #seats: ReturnType<typeof createSeats>;
  readonly #webSockets = new WebSocketServer({ noServer: true, maxPayload: largestMessage, handleProtocols: chosen });
  readonly #open = new Map<Carrying, Promise<string>>();
  #isClosed = false;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    this.#seats = createSeats(parts.places ?? usualPlaces);
  }

  takes(path: string): boolean {
    return wayTo(path) !== undefined;
  }

  take(upgrade: Upgrade): void {
    const { kind, id } = wayTo(upgrade.target.path)!;
    // The client may go at any time, which `close` tells; without a listener that would end the server.
    upgrade.socket.on('error', () => upgrade.socket.destroy());
    void this.#enter(upgrade, kind, id)
      .catch(notOpened)
      .then((refused) => {
        if (refused !== undefined) this.#refuse(upgrade, kind, id, refused);
      });
  }

  async answer(): Promise<Answer> {
    const headers = ['Content-Type', 'text/plain;charset=UTF-8', 'Upgrade', 'websocket'];
    return { status: 426, headers, body: textOf('Here are consoles, by WebSocket.\n') };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const carrying of this.#open.keys()) carrying.end(closing.goingAway, 'the server stops');
    await Promise.all(this.#open.values());
  }

  /** Opens a console and gives it to the client, until it ends; tells why not where that is so. */
  async #enter(upgrade: Upgrade, kind: ConsoleKind, id: string): Promise<NotOpened | undefined> {
    if (this.#isClosed) return stopping;
    const { openAt } = this.#parts;
    const { message, target } = upgrade;
    const { method = '', headers } = message;
    if (openAt !== undefined && !isNoStranger(headers, target.host ?? headers.host, openAt))
      return { status: 403, line: 'In open mode pages of others may not open consoles.' };
    const request = { method, path: target.path, query: target.query, headers, body: Buffer.alloc(0) };
    const cx = await whoAsks(this.#parts, request, id);
    const leave = this.#seats.take(id, kind);
    if (leave === 'taken') return withoutConsole('taken', id);
    if (leave === 'full') return { status: 503, line: 'So many consoles are open that this server opens no more.' };
    try {
      const machine = await openConsole(cx, id, kind);
      if (typeof machine === 'string') return withoutConsole(machine, id);
      if (!this.#isClosed) return await this.#carried(upgrade, machine, { id, kind, account: cx.account });
      machine.destroy();
      return stopping;
    } finally {
      leave();
    }
  }

  /** Nothing is carried where the client is gone, or does not know how to ask: that it is told by `ws`. */
  async #carried({ message, socket, head, requestId }: Upgrade, machine: Duplex, about: object): Promise<undefined> {
    let carrying: Carrying | undefined;
    this.#webSockets.handleUpgrade(message, socket, head, (client) => {
      carrying = carry(client, machine, this.#parts.patience);
    });
    if (carrying === undefined) return void machine.destroy();
    const { log } = this.#parts;
    log.info({ requestId, ...about }, 'a console is open');
    this.#open.set(carrying, carrying.ended);
    const why = await carrying.ended;
    this.#open.delete(carrying);
    log.info({ requestId, ...about, why }, 'a console is closed');
  }

  #refuse({ socket, requestId }: Upgrade, kind: ConsoleKind, id: string, refused: NotOpened): void {
    const { status, line, cause } = refused;
    const { log } = this.#parts;
    const fields = { requestId, id: id.slice(0, 64), kind, status, line, ...(cause !== undefined && { err: cause }) };
    if (status === 500) log.error(fields, 'a console could not be opened');
    else log.info(fields, 'a console was refused');
    refuse(socket, requestId, refused);
  }
}
