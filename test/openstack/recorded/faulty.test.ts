import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/main/clock/system.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Driver } from '../../../src/ports/driver.ts';
import { type Conversation, madeTwice } from './conversation.ts';
import { faults, playFaulty } from './faulty.ts';
import { isFault, type Player, replay } from './player.ts';
import { driverAt } from './scenario.ts';

const path = fileURLToPath(new URL('./faulty.json', import.meta.url));
const text = readFileSync(path, 'utf8');
const { facts, told, requests } = JSON.parse(text) as Conversation;
const user = { id: 'elsewhere', password: 'unknown', project: 'service' };

/** The times for which timers were set, in milliseconds. */
const pauses: number[] = [];
const watched = (clock: Clock): Clock => ({
  now: clock.now,
  at(at, callback) {
    pauses.push(at - clock.now());
    return clock.at(at, callback);
  },
});

let cloud: Player;
let driver: Driver;
afterEach(async () => {
  await driver?.close();
  await cloud?.close();
});

it('what was to go wrong in the conversation went wrong', () => {
  const words = ({ status, missing }: { readonly status: number; readonly missing?: string }) => missing ?? `${status}`;
  const heard = requests.flatMap(({ answers }) => answers.filter(isFault)).map(words);
  for (const { fault } of Object.values(faults).flat()) {
    const at = heard.indexOf(fault.kind === 'status' ? `${fault.status}` : fault.kind);
    expect([fault, at]).not.toEqual([fault, -1]);
    heard.splice(at, 1);
  }
});

it('the driver does at each fault what it did at a real OpenStack, and makes nothing twice', async () => {
  cloud = await replay(requests);
  driver = driverAt(cloud.endpoints, user, facts.project, watched(createSystemClock()));
  const play = await playFaulty({ driver, facts, pauseMs: 0, before: cloud.begin });
  expect(JSON.parse(JSON.stringify(play))).toEqual(told);
  expect(cloud.strange).toEqual([]);
  expect(cloud.missed()).toEqual([]);
  expect(cloud.unplayed()).toEqual([]);
  expect(madeTwice(requests)).toEqual([]);
  // Who asked for a second was left alone for one, and who asked for a minute was left to the caller.
  expect(pauses.filter((ms) => ms > 750 && ms <= 1000)).toHaveLength(2);
  expect(pauses.filter((ms) => ms > 50_000)).toEqual([]);
});

it('tells what an operation does with each', () => {
  const troubles = Object.fromEntries(
    told.map(([step, met]) => [step, (met as { readonly troubles: readonly string[] }).troubles]),
  );
  expect(troubles).toEqual({
    // Repeated at once, and not seen.
    ...{ catalogue: [], home: [], room: [], volume: [], detach: [] },
    ...{ 'snapshot gone': [], 'volume gone': [], 'machine gone': [], 'nothing beyond the quota': [] },
    // Nobody knows whether it was done: the operation asks again, and what is there is found.
    ...{ machine: ['unavailable', 'unavailable'], snapshot: ['unavailable'], stop: ['unavailable'] },
    ...{ 'hasty look': ['throttled'], attach: ['conflict'] },
    // Not tried again.
    'volume beyond the quota': [],
  });
  const refused = told.filter(([, met]) => 'refused' in (met as object));
  expect(refused).toEqual([
    ['volume beyond the quota', { troubles: [], refused: { trouble: 'no-capacity', about: 'volume-quota' } }],
  ]);
});

it('no secret is in it', () => {
  expect(text).not.toMatch(/"(password|secret)": *"[^"]|gAAAA[\w-]{20}|BEGIN [A-Z ]*PRIVATE KEY/);
  expect(text.length).toBeLessThan(200_000);
});
