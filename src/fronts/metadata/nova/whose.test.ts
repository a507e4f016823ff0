import { expect, it } from 'vitest';
import { silentLog } from '../../../../test/support/log.ts';
import type { InstanceRow } from '../../../cloud/instance/row.ts';
import { createVirtualClock } from '../../../main/clock/virtual.ts';
import { DriverError } from '../../../ports/driver.ts';
import { StoreError } from '../../../ports/store.ts';
import { createWhose, type WhoseParts } from './whose.ts';

const account = '111122223333';
const project = 'p';

/** A cloud in which the account has the servers of `ids`; catching up adds those of `others`. */
function open(more: Partial<WhoseParts['foreign']> = {}, catchUp?: WhoseParts['catchUp']) {
  const clock = createVirtualClock({ start: 1_000_000 });
  const ids = new Map([['n-1', 'i-1']]);
  const others = new Map([['n-2', 'i-2']]);
  const asked: string[] = [];
  const whose = createWhose({
    ...{ clock, region: 'os-1', log: silentLog },
    metadata: { find: async (region, id) => ({ id, region, account }) as InstanceRow },
    catchUp:
      catchUp ??
      (async (of) => {
        asked.push(of);
        for (const [native, id] of others) ids.set(native, id);
      }),
    foreign: {
      machineOf: async (native) => ids.get(native),
      projectOf: async (of) => (of === account ? project : undefined),
      accountOf: async (of) => (of === project ? account : '999999999999'),
      ...more,
    },
  });
  return { clock, asked, whose: (server: string, of = project) => whose({ server, project: of }) };
}

it('knows ours at once, and others’ once their project has been looked at', async () => {
  const { whose, asked } = open();
  expect(await whose('n-1')).toMatchObject({ id: 'i-1', region: 'os-1' });
  expect(asked).toEqual([]);
  expect(await whose('n-2')).toMatchObject({ id: 'i-2' });
  expect(await whose('n-2')).toMatchObject({ id: 'i-2' });
  expect(asked).toEqual([account]);
});

it('gives an instance to no other project, and looks at none that does not use this API', async () => {
  const { whose, asked } = open();
  expect(await whose('n-1', 'q')).toBe('other');
  expect(await whose('n-2', 'q')).toBeUndefined();
  expect(asked).toEqual([]);
});

it('leaves a cloud alone that cannot be asked, and looks again after', async () => {
  let down = true;
  let asked = 0;
  const accountOf = async () => {
    asked++;
    if (down) throw new DriverError('unavailable', 'down');
    return account;
  };
  const { whose, clock } = open({ accountOf });
  expect([await whose('n-2'), await whose('n-2'), await whose('n-1')]).toMatchObject([
    undefined,
    undefined,
    { id: 'i-1' },
  ]);
  expect(asked).toBe(1);
  down = false;
  await clock.advance(5_000);
  expect(await whose('n-2')).toMatchObject({ id: 'i-2' });
});

it('waits two seconds for it', async () => {
  let begun = (): void => undefined;
  const waits = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const { whose, clock } = open({
    accountOf: () => {
      begun();
      return new Promise<never>(() => undefined);
    },
  });
  const waiting = whose('n-2');
  await waits;
  await clock.advance(2_000);
  expect(await waiting).toBeUndefined();
  expect(await whose('n-2')).toBeUndefined();
});

it('passes other faults on', async () => {
  const broken = open({}, () => Promise.reject(new StoreError('unreachable', 'away')));
  await expect(broken.whose('n-2')).rejects.toThrow('away');
});
