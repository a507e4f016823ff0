import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { names } from '../../../src/drivers/qemu/machines/commandLine.ts';
import { processOf } from '../../../src/drivers/qemu/machines/processes.ts';
import { homeOf } from '../../../src/drivers/qemu/network/home.ts';
import type { InterfaceSpec, MachineSpec, Seen } from '../../../src/ports/driver.ts';
import { callOf, idOf, settle } from '../../contract/driver/harness.ts';
import { type Cloud, importedBoot, needQemu, openCloud, region } from '../support/cloud.ts';
import { until } from '../support/server.ts';

needQemu();
const call = callOf(region);
const id = idOf('i');
const subnet = homeOf(region, call.account, [`${region}a`]).subnets[0]!.id;
const nic = (last: number): InterfaceSpec => ({
  ...{ id: idOf('eni'), privateIp: `172.31.0.${last}`, mac: `02:00:00:00:00:${last}`, subnet },
});
const [first, second, third] = [nic(10), nic(11), nic(12)];
let cloud: Cloud;

const settled = (verb: () => Promise<Seen>) =>
  settle({ wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }, verb);

let asked = 0;
/** What a command prints that is given to the machine's shell. */
async function run(command: string): Promise<string> {
  const mark = ++asked;
  const found = new RegExp(`begins ${mark}\\r?\\n([\\s\\S]*?)guest: ends ${mark}\\r?\\n`);
  const serial = connect(join(cloud.folder, 'machines', id, names.serial));
  await once(serial, 'connect');
  serial.resume().write(`say begins ${mark}; { ${command}; } 2>&1; say ends ${mark}\n`);
  const text = await until(console, (all) => found.test(all));
  serial.destroy();
  return found.exec(text)![1]!.replaceAll('\r', '').trim();
}
const console = async (): Promise<string> =>
  Buffer.from((await cloud.driver.compute.consoleLog(id, call))?.text ?? []).toString();

/** Asks for an address at an interface, and for the router by it. */
const lease = (name: string) =>
  run(
    `ip link set ${name} up; udhcpc -i ${name} -n -q -s /etc/udhcpc > /dev/null 2>&1;
    ip -4 -o addr show ${name} | tr -s ' ' | cut -d' ' -f4; ping -I ${name} -c 1 -W 20 172.31.0.1 | grep -c ' 1 packets rec'`.replace(
      /\n\s+/g,
      ' ',
    ),
  );
const macs = () => run('cat /sys/class/net/eth*/address');

beforeAll(async () => {
  cloud = openCloud({ patience: { stop: 20_000, reboot: 500, terminate: 100 } });
  const spec: MachineSpec = {
    ...{ zone: `${region}a`, instanceType: 't2.nano', architecture: 'x86_64', image: 'ami-00000001', imageName: 'a' },
    ...{ disks: [], interfaces: [first, second], hostName: 'ip-172-31-0-10', ...(await importedBoot(cloud)) },
  };
  await settled(() => cloud.driver.compute.ensure(id, spec, call));
  await until(console, (text) => /guest: address/.test(text));
});
afterAll(() => cloud.close());

it('a machine has all interfaces of its launch, each with its own address', async () => {
  expect(await macs()).toBe([first, second].map(({ mac }) => mac).join('\n'));
  expect(await lease('eth1')).toBe('172.31.0.11/20\n1');
  expect(await run('hostname')).toBe('ip-172-31-0-10');
});

it('its QEMU can neither take more than it may, nor leave its memory on the disk', async () => {
  const limits = readFileSync(`/proc/${await processOf(join(cloud.folder, 'machines', id))}/limits`, 'utf8');
  for (const limit of ['core file size +0 +0', 'open files +4096 +4096', `data size +${2560 * 2 ** 20} `])
    expect(limits).toMatch(new RegExp(`^Max ${limit}`, 'm'));
});

it('one that is attached while it runs is there, and works, also after a restart of the driver', async () => {
  await settled(() => cloud.driver.compute.attachInterface!(id, third, call));
  await run('until [ -e /sys/class/net/eth2 ]; do usleep 100000; done');
  await cloud.restart();
  expect(await lease('eth2')).toBe('172.31.0.12/20\n1');
});

it('one that is detached is gone, from a machine that runs', async () => {
  await settled(() => cloud.driver.compute.detachInterface!(id, second.id, call));
  expect((await macs()).split('\n').sort()).toEqual([first.mac, third.mac].sort());
  expect(await run('ping -I eth0 -c 1 -W 20 172.31.0.1 | grep -c " 1 packets rec"')).toBe('1');
});

it('what is attached then is so at the next start', async () => {
  await settled(() => cloud.driver.compute.power(id, 'off', { force: true }, call));
  await settled(() => cloud.driver.compute.power(id, 'on', { force: true }, call));
  await until(console, (text) => /guest: address/.test(text));
  expect(await macs()).toBe([first, third].map(({ mac }) => mac).join('\n'));
  expect(await lease('eth1')).toBe('172.31.0.12/20\n1');
});

it('it is gone at once when it is terminated by force: its guest is not asked', async () => {
  expect(await cloud.driver.compute.absent(id, call, { force: true })).toMatchObject({ settled: true });
  expect(await cloud.driver.compute.look(id, call)).toBeUndefined();
});
