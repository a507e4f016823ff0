import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Capabilities } from '../../../src/ports/driver.ts';
import type { Bench, Skips } from './harness.ts';
import { kindCases, type Own, samples } from './kinds.ts';
import { machineCases } from './machines.ts';
import { networkCases } from './networks.ts';

/** What a case needs besides machines; a driver without it is not asked. */
const needs: Readonly<Record<string, keyof Capabilities | Own>> = {
  'a volume is attached and detached, and each can be repeated': 'volumes',
  'a volume is attached although the driver restarts': 'volumes',
  'a disk of the launch can be detached': 'volumes',
  'what is not there is not attached': 'volumes',
  'the console tells of the boot, also after a stop': 'consoleLog',
  'a snapshot outlives its volume, and a new volume is made of it': 'snapshots',
  'an image of an instance brings its snapshots': 'images',
  'a machine that is off becomes one of another type, and each step can be repeated': 'resize',
  'a machine that is on, or has a type that there is not, stays as it is': 'resize',
  'an interface is attached and detached, and each can be repeated': 'interfaces',
  'an address goes to a machine, to another, and to none': 'addresses',
  'an address goes to a secondary address of a machine, and another to its primary one': 'addresses',
  'an address that is gone is not allocated anew': 'addresses',
  'an interface has the groups that it is given': 'groups',
  'a group that is gone is not made anew, nor given to an interface': 'groups',
};

const isOwn = (ability: keyof Capabilities | Own): ability is Own =>
  ['addresses', 'groups', 'resize', 'interfaces'].includes(ability);

/**
 * What every driver has to pass. `open` makes an empty cloud with a driver for each case. A case that a driver cannot
 * pass is named in `skips` with the reason; a name that is no case is refused, so that no skip outlives its case.
 * `own`: what the cloud has of its own, and does not leave to the core.
 */
export function driverSuite(
  name: string,
  can: Capabilities,
  open: () => Promise<Bench>,
  skips: Skips = {},
  own: readonly Own[] = [],
): void {
  describe(`the driver ${name}`, () => {
    let bench: Bench;
    beforeEach(async () => {
      bench = await open();
    });
    afterEach(() => bench.close());

    const cases = [
      ...samples.flatMap((sample) =>
        Object.entries(kindCases).map(([title, run]) => ({
          title: `${sample.name}: ${title}`,
          ability: sample.ability,
          run: () => run(bench, sample),
        })),
      ),
      ...Object.entries({ ...machineCases, ...networkCases }).map(([title, run]) => ({
        title,
        ability: needs[title],
        run: () => run(bench),
      })),
    ];
    for (const { title, ability, run } of cases) {
      // The reasons are in the generated table of drivers; a test that is there runs.
      const able = ability === undefined || (isOwn(ability) ? own.includes(ability) : can[ability]);
      if (skips[title] === undefined && able) it(title, run);
    }

    it('says what it can do', () => expect(bench.driver.can).toEqual(can));
    it('answers', () => expect(bench.driver.ping()).resolves.toBeUndefined());
    it('skips no case that there is not, and none without a reason', () => {
      const titles = new Set(cases.map(({ title }) => title));
      expect(Object.keys(needs).filter((title) => !titles.has(title))).toEqual([]);
      expect(Object.entries(skips).filter(([title, reason]) => !titles.has(title) || reason.trim() === '')).toEqual([]);
    });
  });
}
