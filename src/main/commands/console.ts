import { connectConsole, type NoConsole } from '../../drivers/qemu/machines/console.ts';
import { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import type { Where } from '../qemuFolder.ts';
import { converse } from './converse.ts';
import { endings, needInstance, onEnding } from './instance.ts';

const whyNot: Readonly<Record<NoConsole, (id: string) => string>> = {
  off: (id) => `${id} is off: it has no console now (elsewhere logs ${id} prints what it wrote)`,
  taken: (id) =>
    `somebody else has the console of ${id}: it has one user at a time (elsewhere logs -f ${id} only reads)`,
  silent: (id) => `the QEMU of ${id} does not answer`,
};

/** `elsewhere console ID`: this terminal becomes the machine's serial port. */
export async function openConsole(settings: Settings, id: string, where: Where): Promise<void> {
  const { folder } = await needInstance(settings, id, where);
  const socket = await connectConsole(folder);
  if (typeof socket === 'string') throw new Problem('notReady', whyNot[socket](id));
  const { stdin, stdout } = process;
  if (stdin.isTTY) console.error(`the serial console of ${id}; Ctrl-] ends it`);
  const conversation = converse(socket, { stdin, stdout });
  const forget = onEnding((signal) => conversation.end(signal));
  // Whatever ends the program leaves the terminal as it was.
  process.on('exit', conversation.restore);
  const how = await conversation.ended;
  process.off('exit', conversation.restore);
  forget();
  // On a terminal the guest's last line may have no end.
  if (stdin.isTTY) console.error('');
  if (how === 'gone') console.error(`elsewhere: ${id} has gone off`);
  else if (how !== 'left') process.exitCode = endings[how];
}
