import type { Socket } from 'node:net';
import type { Signal } from './instance.ts';

/** Ctrl-], which ends a conversation from a terminal, as in telnet. */
const ctrlBracket = 0x1d;

/** Where a person, or a program, is. */
export interface Ends {
  readonly stdin: NodeJS.ReadableStream & {
    readonly isTTY?: boolean;
    setRawMode?(raw: boolean): unknown;
    destroy?(): unknown;
  };
  readonly stdout: NodeJS.WritableStream;
}

/** `left`: by Ctrl-], or nobody reads; `gone`: by the other side; or a signal that came. */
export type Ending = 'left' | 'gone' | Signal;

export interface Conversation {
  /** Settles when it has ended, everything is let go, and the terminal is as it was. */
  readonly ended: Promise<Ending>;
  end(how: Ending): void;
  /** Makes the terminal what it was. */
  readonly restore: () => void;
}

/**
 * Carries bytes between a person and a socket, both ways, until one of them ends it. A terminal gives each key as it is typed
 * meanwhile. The end of an input that is none ends nothing: what was sent last might be lost.
 */
export function converse(socket: Socket, { stdin, stdout }: Ends): Conversation {
  let end: (how: Ending) => void = () => undefined;
  const over = new Promise<Ending>((resolve) => {
    end = resolve;
  });
  const isTerminal = stdin.isTTY === true;
  const left = (): void => end('left');
  const typed = (chunk: Buffer): void => {
    const at = isTerminal ? chunk.indexOf(ctrlBracket) : -1;
    give(at < 0 ? chunk : chunk.subarray(0, at), socket, stdin);
    if (at >= 0) left();
  };
  const said = (chunk: Buffer): void => give(chunk, stdout, socket);
  const restore = (): void => {
    if (isTerminal) stdin.setRawMode?.(false);
  };
  if (isTerminal) stdin.setRawMode?.(true);
  socket.on('data', said).on('close', () => end('gone'));
  stdin.on('data', typed).on('error', left);
  // A terminal that ends is gone.
  if (isTerminal) stdin.on('end', left);
  stdout.on('error', left);
  const ended = over.then((how) => {
    restore();
    stdin.off('data', typed);
    stdin.destroy?.();
    socket.destroy();
    return how;
  });
  return { ended, end, restore };
}

/** Gives a chunk on, and lets who it is from wait while there is no room for more. */
function give(chunk: Buffer, to: NodeJS.WritableStream, from: NodeJS.ReadableStream): void {
  if (to.write(chunk)) return;
  from.pause();
  to.once('drain', () => from.resume());
}
