import { isTaken } from '../cloud/foreign/taken.ts';
import { accountFor, projectOfAccount } from '../cloud/identity/projects.ts';
import { createOpenStack } from '../drivers/openstack/driver.ts';
import { createQemu, whyNotHere } from '../drivers/qemu/driver.ts';
import { whyNoMachines } from '../drivers/qemu/host.ts';
import { Computer } from '../drivers/qemu/machines/computer.ts';
import { createSimulator } from '../drivers/simulator/driver.ts';
import type { Clock } from '../ports/clock.ts';
import type { Driver } from '../ports/driver.ts';
import type { Random } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { Problem } from './config/problem.ts';
import type { Settings } from './config/settings.ts';
import { qemuFolder } from './qemuFolder.ts';
import { version } from './version.ts';

export interface DriverParts {
  readonly settings: Settings;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The cloud behind each region, by the region's name. One simulator is behind all of its regions. */
export function driversOf(parts: DriverParts): ReadonlyMap<string, Driver> {
  const { settings, store, clock, random } = parts;
  let simulator: Driver | undefined;
  const simulated = (): Driver => {
    simulator ??= createSimulator({ shelf: store.shelf('simulator'), clock, random, settings: settings.simulator });
    return simulator;
  };
  if (settings.regions.length === 0) {
    const driver = simulated();
    return new Map(driver.catalogue.regions().map(({ name }) => [name, driver]));
  }
  const computer = new Computer();
  const made = {
    simulator: simulated,
    openstack: (name: string) => openStack(name, parts),
    qemu: (name: string) => realMachines(name, computer, parts),
  };
  return new Map(settings.regions.map(([name, driver]) => [name, made[driver](name)]));
}

/** Refuses to begin where machines could not run. */
function realMachines(region: string, computer: Computer, { settings, clock, log }: DriverParts): Driver {
  const own = settings.qemu[region]!;
  const folder = qemuFolder(settings, region);
  const why = whyNoMachines(own.binaries) ?? whyNotHere(folder);
  if (why !== undefined) throw new Problem('noMachines', `the region ${region} cannot have machines: ${why}`);
  const switchCommand = [process.execPath, process.argv[1]!, 'switch'] as const;
  return createQemu({
    ...{ region, folder, settings: own, computer, clock, log: log.child({ region }) },
    switchCommand,
    version,
  });
}

function openStack(region: string, { settings, store, clock, random, log }: DriverParts): Driver {
  return createOpenStack({
    region,
    settings: settings.openstack[region]!,
    shelf: store.shelf('openstack'),
    clock,
    random,
    log: log.child({ region }),
    projectOf: (account) => projectOfAccount({ store }, region, account),
    accountOf: (project) => accountFor({ store }, { cloud: region, id: project }),
    isTaken: (id) => isTaken(store, region, id),
  });
}
