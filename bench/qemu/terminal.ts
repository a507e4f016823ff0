import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { names } from '../../src/drivers/qemu/machines/commandLine.ts';
import type { ByHand } from './byHand.ts';
import { secondMonitor } from './monitor.ts';
import { textOf, until } from './waiting.ts';

/** A machine that does what is typed. */
export interface Terminal {
  type(line: string): void;
  /** Waits until it says something that it had not said before. */
  says(words: string): Promise<void>;
  /** Stops and lets go on its processors, so that it takes no time from others. */
  stop(): Promise<void>;
  goOn(): Promise<void>;
  close(): void;
}

/** The terminal of a machine, when it reads and has an address. */
export async function terminalOf(machine: ByHand): Promise<Terminal> {
  let read = 0;
  const says = (words: string): Promise<void> =>
    until(`a machine says ${words}`, () => {
      const at = textOf(machine.console).indexOf(`guest: ${words}`, read);
      if (at >= 0) read = at + words.length;
      return at >= 0;
    });
  await until('a machine has an address', () => /guest: ready[\s\S]*guest: address/.test(textOf(machine.console)));
  const socket: Socket = connect(join(machine.folder, names.serial));
  await once(socket, 'connect');
  const qmp = await secondMonitor(machine.folder);
  return {
    type: (line) => void socket.write(`${line}\n`),
    says,
    stop: () => qmp.execute('stop'),
    goOn: () => qmp.execute('cont'),
    close() {
      socket.destroy();
      qmp.close();
    },
  };
}
