import type { CommandName, Events, Given, Returned } from './commands.ts';

/** What a QMP command answers that QEMU refused: `class` is QMP's (`GenericError`, `DeviceNotFound`, `CommandNotFound`). */
export class QmpError extends Error {
  readonly class: string;
  constructor(kind: string, message: string) {
    super(message);
    this.name = 'QmpError';
    this.class = kind;
  }
}

/** An event of QMP. `at` is epoch milliseconds, of QEMU's clock. */
export type QmpEvent = {
  [Name in keyof Events]: { readonly event: Name; readonly data: Events[Name]; readonly at: number };
}[keyof Events];

/** One connection to the monitor of a running QEMU. */
export interface Qmp {
  /**
   * Runs a command and gives what it returns.
   * @throws QmpError when QEMU refuses it; any other error when QEMU went away or did not answer in time (milliseconds).
   */
  execute<Name extends CommandName>(command: Name, ...given: Given<Name>): Promise<Returned<Name>>;
  /** Calls the listener for every event, also those that are not in the table, until the function it gives is called. */
  on(listener: (event: QmpEvent) => void): () => void;
  /** Waits for one event that `matches`. Rejects after `timeoutMs`, or when QEMU goes away. */
  once(matches: (event: QmpEvent) => boolean, timeoutMs: number): Promise<QmpEvent>;
  /** Settles when the connection has ended, for whatever reason. */
  readonly ended: Promise<void>;
  close(): void;
}
