import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { Driver } from '../../src/ports/driver.ts';
import { type Conversation, madeTwice, recorder } from './recorded/conversation.ts';
import { faults, playFaulty } from './recorded/faulty.ts';
import { driverAt, type Facts, play, type Told } from './recorded/scenario.ts';
import { bed as described } from './support/bed.ts';
import { type FaultProxy, openFaultProxy } from './support/faultProxy.ts';
import { addressesOf, logIn } from './support/session.ts';

const bed = described();
const { demo, elsewhere: service } = bed.users;
const { subnet } = bed.networks.demo;

const factsAt = (host: number): Facts => ({
  project: demo.project.id,
  subnet: subnet.id,
  privateIp: subnet.cidr.replace(/\d+\/\d+$/, `${host}`),
  zone: bed.zones.default,
  flavor: bed.flavors[0]!.name,
  image: bed.image.name,
});

let proxy: FaultProxy | undefined;
let driver: Driver | undefined;
afterEach(async () => {
  await driver?.close();
  await proxy?.close();
});

/** Plays a scenario in front of the real cloud and gives the conversation, which `ELSEWHERE_RECORD=yes` writes down. */
async function record(
  file: string,
  facts: Facts,
  scenario: (driver: Driver, before: (step: string) => void) => Promise<Told>,
): Promise<Conversation> {
  const heard = recorder();
  const broken = await openFaultProxy(addressesOf(bed, await logIn(bed, demo)), heard.heard);
  proxy = broken;
  const user = { id: service.id, password: service.password, project: service.project.id };
  driver = driverAt(broken.endpoints, user, facts.project);
  const told = await scenario(driver, (step) => {
    heard.begin();
    broken.fail(...(faults[step] ?? []));
  });
  const conversation: Conversation = { facts, told, requests: heard.requests };
  // The user's id and project differ from bed to bed; the fast suite names it otherwise.
  const named = (text: string): string =>
    text.replaceAll(service.id, 'elsewhere').replaceAll(service.project.id, 'service');
  const path = fileURLToPath(new URL(`./recorded/${file}`, import.meta.url));
  if (process.env.ELSEWHERE_RECORD === 'yes')
    writeFileSync(path, `${named(JSON.stringify(conversation, undefined, 1))}\n`);
  return conversation;
}

it('the recorded scenario comes to its end on a real cloud, and with ELSEWHERE_RECORD=yes is written down', async () => {
  const facts = factsAt(39);
  const { told } = await record('conversation.json', facts, (at) => play(at, facts, 400));
  expect(told.at(-1)).toEqual(['machine gone', { settled: true }]);
});

it('so does the one in which every step goes wrong, and nothing is made twice', async () => {
  const facts = factsAt(38);
  const { told, requests } = await record('faulty.json', facts, (at, before) =>
    playFaulty({ driver: at, facts, pauseMs: 400, before }),
  );
  expect(told.at(-1)).toMatchObject(['machine gone', { seen: { settled: true } }]);
  expect(madeTwice(requests)).toEqual([]);
});
