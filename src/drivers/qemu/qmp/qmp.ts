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
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: number;
}

/** One connection to the monitor of a running QEMU. */
export interface Qmp {
  /**
   * Runs a command and gives what it returns.
   * @throws QmpError when QEMU refuses it; any other error when QEMU went away or did not answer in time (milliseconds).
   */
  execute<T = unknown>(command: string, args?: object, timeoutMs?: number): Promise<T>;
  /** Calls the listener for every event until the function it gives is called. */
  on(listener: (event: QmpEvent) => void): () => void;
  /** Waits for one event that `matches`. Rejects after `timeoutMs`, or when QEMU goes away. */
  once(matches: (event: QmpEvent) => boolean, timeoutMs: number): Promise<QmpEvent>;
  /** Settles when the connection has ended, for whatever reason. */
  readonly ended: Promise<void>;
  close(): void;
}
