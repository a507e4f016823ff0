import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../../../test/support/log.ts';
import { createSystemClock } from '../../../main/clock/system.ts';
import { systemRandom } from '../../../main/random.ts';
import { networkOf, port } from '../switch/core/fabric.fixture.ts';
import { defaultLimits } from '../switch/core/limits.ts';
import { runSwitch } from '../switch/process.ts';
import { switchFiles } from './control.ts';
import type { Plane } from './plane.ts';
import { createSwitchPlane, openPortsAt } from './switchPlane.ts';

let folder: string;
let lost: number;
let plane: Plane;
const running: Promise<void>[] = [];
const planes: Plane[] = [];
const network = () => networkOf({ ports: [port('10.0.0.10', { wire: join(folder, 'wire') })] });
const socket = () => join(folder, switchFiles.control);

/** A switch in this very process. */
const begin = (version: string, clock = createSystemClock()): Promise<void> => {
  const parts = { limits: defaultLimits, log: silentLog, random: systemRandom(), servers: [], refuses: () => true };
  const run = runSwitch({ ...parts, folder, version, clock });
  running.push(run);
  return run;
};

/** Its program does nothing: a switch has to be there. */
function connected(version: string, program: readonly [string, ...string[]] = [process.execPath, '-e', '0']): Plane {
  const tell = (): void => {
    lost += 1;
  };
  const made = createSwitchPlane({ folder, version, command: program, lost: tell });
  planes.push(made);
  return made;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-plane-'));
  lost = 0;
  plane = connected('1');
});
afterEach(async () => {
  for (const made of planes.splice(0)) await made.end();
  await Promise.all(running.splice(0));
  rmSync(folder, { recursive: true });
});

describe('a switch as a process', () => {
  it('is given its network, tells of it, and ends when it is told to', async () => {
    const run = begin('1');
    await plane.apply(network());
    expect([...(await plane.ports()).keys()]).toEqual(['eni-10']);
    expect([...(await plane.open()).keys()]).toEqual([]);
    await plane.end();
    await run;
    expect([existsSync(socket()), lost]).toEqual([false, 0]);
  });

  it('goes on with its network when who gave it is gone, and comes back', async () => {
    void begin('1');
    await plane.apply(network());
    await plane.close();
    expect(lost).toBe(0);
    expect([...(await connected('1').ports()).keys()]).toEqual(['eni-10']);
  });

  it('says what is wrong with a network, and keeps the one before', async () => {
    void begin('1');
    await plane.apply(network());
    const twice = networkOf({ ports: [port('10.0.0.10'), port('10.0.0.10', { id: 'eni-2' })] });
    await expect(plane.apply(twice)).rejects.toThrow('the same address');
    expect([...(await plane.ports()).keys()]).toEqual(['eni-10']);
  });

  it('is one: a second goes away, and takes the place of one that was killed', async () => {
    writeFileSync(socket(), '');
    const run = begin('1');
    await vi.waitFor(() => plane.ports());
    await begin('1');
    expect(await Promise.race([run.then(() => 'ended'), plane.ports().then(() => 'there')])).toBe('there');
  });

  it('of another version is replaced', async () => {
    const old = begin('0');
    await vi.waitFor(() => expect(existsSync(socket())).toBe(true));
    void old.then(() => begin('1'));
    // The program that would be started keeps running until the new switch is there.
    const waits = [process.execPath, '-e', 'setTimeout(() => {}, 60_000).ref(); process.stdin.resume()'] as const;
    const made = connected('1', waits);
    await made.apply(network());
    await old;
  });

  it('tells what is open to who only asks, and is neither started nor replaced for that', async () => {
    expect(await openPortsAt(folder)).toBeUndefined();
    const run = begin('0');
    await vi.waitFor(async () => expect(await openPortsAt(folder)).toEqual(new Map()));
    expect(await Promise.race([run.then(() => 'ended'), openPortsAt(folder).then(() => 'there')])).toBe('there');
    await connected('0').end();
  });

  it('that does not start says why', async () => {
    await expect(plane.apply(network())).rejects.toThrow('the switch did not start: it ended with 0');
    await expect(connected('1', ['/nowhere/node']).apply(network())).rejects.toThrow('ENOENT');
  });

  it('that is lost is told of, and what waited for it fails', async () => {
    const silent = createServer((one) => void one.write('{"version":"1"}\n'));
    silent.listen(socket());
    await once(silent, 'listening');
    const asked = plane.apply(network());
    const [one] = await once(silent, 'connection');
    one.on('data', () => one.destroy());
    await expect(asked).rejects.toThrow('the switch is gone');
    expect(lost).toBe(1);
    silent.close();
  });

  it('ends when nobody knows it and no machine is at it', async () => {
    let look: (() => void) | undefined;
    const clock = {
      now: () => 0,
      at: (at: number, callback: () => void) => {
        if (at === 30_000) look = callback;
        return { cancel: () => undefined };
      },
    };
    const run = begin('1', clock);
    await vi.waitFor(() => expect(existsSync(socket())).toBe(true));
    await plane.ports();
    for (let looks = 0; looks < 3; looks += 1) look!();
    expect([...(await plane.ports()).keys()]).toEqual([]);
    await plane.close();
    await vi.waitFor(async () => {
      look!();
      expect(existsSync(socket())).toBe(false);
    });
    await run;
  });
});
