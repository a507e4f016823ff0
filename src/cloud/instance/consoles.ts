import type { Duplex } from 'node:stream';
import { fail } from '../../kernel/errors.ts';
import type { ConsoleKind, Consoles, NoConsole } from '../../ports/consoles.ts';
import { type Call, DriverError } from '../../ports/driver.ts';
import { probe } from '../context/probe.ts';
import type { Reading } from '../context/reading.ts';
import { instance } from './instance.ts';

/** Refuses what is not running: it has no screen, and nobody to type to. */
export async function needRunning(cx: Reading, id: string): Promise<void> {
  const { state } = await cx.need(instance, id);
  if (state !== 'running') fail('IncorrectInstanceState', `The instance '${id}' is not in the 'running' state.`);
}

/** Asks for a console of a running instance, on behalf of a request. */
export const probeConsole = <T>(cx: Reading, ask: (consoles: Consoles, call: Call) => Promise<T>): Promise<T> =>
  probe(cx, ({ name, consoles }, call) => {
    if (consoles === undefined) throw new DriverError('unsupported', `${name} has no consoles`);
    return ask(consoles, call);
  });

/** Why an instance that EC2 calls running has no console, in a sentence. */
export const whyNoConsole: Readonly<Record<NoConsole, (id: string) => string>> = {
  off: (id) => `The instance '${id}' is off.`,
  taken: (id) => `Somebody else has this console of the instance '${id}'. Try again when it is free.`,
  silent: (id) => `The machine of the instance '${id}' does not answer.`,
  none: (id) => `The instance '${id}' was started without a screen. It has one after it was stopped and started.`,
};

/** Opens a console of a running instance: what it gives carries bytes both ways until the machine goes off. */
export async function openConsole(cx: Reading, id: string, kind: ConsoleKind): Promise<Duplex | NoConsole> {
  await needRunning(cx, id);
  if (!cx.here.driver.can.openConsoles)
    fail('UnsupportedOperation', 'The instances of this region have no consoles that could be opened.');
  return probeConsole(cx, (consoles, call) => consoles.open(id, kind, call));
}
