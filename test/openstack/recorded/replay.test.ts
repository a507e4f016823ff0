import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { Driver } from '../../../src/ports/driver.ts';
import type { Conversation } from './conversation.ts';
import { type Player, replay } from './player.ts';
import { driverAt, play } from './scenario.ts';

const path = fileURLToPath(new URL('./conversation.json', import.meta.url));
const { facts, told, requests } = JSON.parse(readFileSync(path, 'utf8')) as Conversation;
const user = { id: 'elsewhere', password: 'unknown', project: 'service' };

let cloud: Player;
let driver: Driver;
afterEach(async () => {
  await driver.close();
  await cloud.close();
});

it('the driver asks what it asked a real OpenStack, no more and no less, and tells the same', async () => {
  cloud = await replay(requests);
  driver = driverAt(cloud.endpoints, user, facts.project);
  expect(JSON.parse(JSON.stringify(await play(driver, facts, 0)))).toEqual(told);
  expect(cloud.strange).toEqual([]);
  expect(cloud.missed()).toEqual([]);
});

it('a conversation that lacks an answer is told from one that has all', async () => {
  cloud = await replay(requests.filter(({ method, url }) => method !== 'POST' || !url.endsWith('/servers')));
  driver = driverAt(cloud.endpoints, user, facts.project);
  await expect(play(driver, facts, 0)).rejects.toThrow('compute answered 501');
  expect(cloud.strange).toHaveLength(1);
  expect(cloud.strange[0]).toContain('/servers');
});

it('no secret is in it', () => {
  const text = readFileSync(path, 'utf8');
  expect(text).not.toMatch(/"(password|secret)": *"[^"]|gAAAA[\w-]{20}|BEGIN [A-Z ]*PRIVATE KEY/);
  expect(text.length).toBeLessThan(200_000);
});
