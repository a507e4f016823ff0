import { type ConsoleDoor, createConsoleDoor } from '../fronts/consoles/door.ts';
import { authentication } from './authentication.ts';
import { createSystemClock } from './clock/system.ts';
import type { Composition } from './compose.ts';
import type { Settings } from './config/settings.ts';

/** The door to the consoles of machines. Whoever stops the server closes it. */
export function createConsoles({ auth, host }: Pick<Settings, 'auth' | 'host'>, parts: Composition): ConsoleDoor {
  const { world, defaultRegion } = parts;
  return createConsoleDoor({
    world,
    authenticate: authentication(auth, parts),
    defaultRegion,
    clock: createSystemClock(),
    openAt: auth === 'open' ? host : undefined,
    log: world.log,
  });
}
