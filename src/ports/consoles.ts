import type { Duplex } from 'node:stream';
import type { Call } from './driver.ts';

/**
 * Why there is no console, or no picture: the machine is off; somebody else has it; the machine runs and does not answer; it was
 * started without one, and gets it at its next start.
 */
export type NoConsole = 'off' | 'taken' | 'silent' | 'none';

/** The serial port, which carries what is typed and shown; the screen with keyboard and mouse, which speaks RFB (VNC's protocol). */
export type ConsoleKind = 'serial' | 'screen';

/** The consoles of machines, where the cloud has them. */
export interface Consoles {
  /**
   * Read-only probe: the machine's screen as it is now, a PNG. `wakeUp`: a key is pressed before that writes nothing, for a
   * screen that sleeps.
   */
  screenshot(id: string, how: { readonly wakeUp: boolean }, call: Call): Promise<Uint8Array | NoConsole>;
  /** Connects to a console. What is given ends when the machine goes off, and is the caller's to destroy. */
  open(id: string, kind: ConsoleKind, call: Call): Promise<Duplex | NoConsole>;
}
