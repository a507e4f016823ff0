import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Driver } from '../../src/ports/driver.ts';
import { type Conversation, recorder } from './recorded/conversation.ts';
import { driverAt, type Facts, play } from './recorded/scenario.ts';
import { bed as described } from './support/bed.ts';
import { type FaultProxy, openFaultProxy } from './support/faultProxy.ts';
import { addressesOf, logIn } from './support/session.ts';

const bed = described();
const { demo, elsewhere: service } = bed.users;
const { subnet } = bed.networks.demo;
const path = fileURLToPath(new URL('./recorded/conversation.json', import.meta.url));

const facts: Facts = {
  project: demo.project.id,
  subnet: subnet.id,
  privateIp: subnet.cidr.replace(/\d+\/\d+$/, '39'),
  zone: bed.zones.default,
  flavor: bed.flavors[0]!.name,
  image: bed.image.name,
};
const heard = recorder();
let proxy: FaultProxy;
let driver: Driver;

beforeAll(async () => {
  proxy = await openFaultProxy(addressesOf(bed, await logIn(bed, demo)), heard.heard);
  const user = { id: service.id, password: service.password, project: service.project.id };
  driver = driverAt(proxy.endpoints, user, facts.project);
});
afterAll(async () => {
  await driver?.close();
  await proxy?.close();
});

it('the recorded scenario comes to its end on a real cloud, and with ELSEWHERE_RECORD=yes is written down', async () => {
  const told = await play(driver, facts, 400);
  expect(told.at(-1)).toEqual(['machine gone', { settled: true }]);
  // The user's id and project differ from bed to bed; the fast suite names it otherwise.
  const named = (text: string): string =>
    text.replaceAll(service.id, 'elsewhere').replaceAll(service.project.id, 'service');
  const conversation: Conversation = { facts, told, requests: heard.requests };
  if (process.env.ELSEWHERE_RECORD === 'yes')
    writeFileSync(path, `${named(JSON.stringify(conversation, undefined, 1))}\n`);
});
