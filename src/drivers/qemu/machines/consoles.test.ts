import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Call } from '../../../ports/driver.ts';
import { createFolders, type Folders } from '../folders.ts';
import { connectQmp } from '../qmp/client.ts';
import { type Command, type Pretended, pretendedQemu } from '../qmp/pretend.fixture.ts';
import type { Qmp } from '../qmp/qmp.ts';
import { names } from './commandLine.ts';
import { QemuConsoles } from './consoles.ts';
import type { Machines } from './machines.ts';

const id = 'i-0123456789abcdef0';
const call: Call = { account: '1', region: 'here', operation: 'probe', signal: new AbortController().signal };
const asleep = { wakeUp: false };
const whole = Buffer.concat([Buffer.from('P6\n1 1\n255\n'), Buffer.from([1, 2, 3])]);

let root: string;
let folders: Folders;
let qemu: Pretended;
let qmp: Qmp;
let consoles: QemuConsoles;
/** What QEMU says and does. */
let status: string;
let devices: readonly string[];
let dump: () => object | undefined;

const picture = () => join(folders.machine(id), names.picture);
const heard = (command: string) => qemu.heard.filter(({ execute }) => execute === command);

function answer({ execute }: Command): object | undefined {
  if (execute === 'query-status') return { return: { status } };
  if (execute === 'qom-list') return { return: devices.map((name) => ({ name })) };
  return execute === 'screendump' ? dump() : { return: {} };
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'consoles-'));
  folders = createFolders(root);
  mkdirSync(folders.machine(id), { recursive: true });
  qemu = await pretendedQemu();
  qemu.answer = answer;
  qmp = await connectQmp(qemu.path);
  [status, devices] = ['running', ['rp0', 'screen']];
  dump = () => {
    writeFileSync(picture(), whole);
    return { return: {} };
  };
  const machines = {
    parts: { folders },
    records: { read: async (asked: string) => (asked === id ? {} : undefined) },
    connections: { of: async () => qmp },
  };
  consoles = new QemuConsoles('here', machines as unknown as Machines);
});
afterEach(async () => {
  qmp.close();
  await qemu.close();
  rmSync(root, { recursive: true });
});

it('a picture is taken in the folder of the machine, and nothing of it stays there', async () => {
  const png = (await consoles.screenshot(id, asleep, call)) as Uint8Array;
  expect(Buffer.from(png).toString('latin1', 1, 4)).toBe('PNG');
  expect(heard('screendump').map((command) => command.arguments)).toEqual([{ filename: names.picture }]);
  expect([existsSync(picture()), heard('send-key').length]).toEqual([false, 0]);
});

it('who asks while one is taken gets the same, and who asks later another', async () => {
  dump = () => undefined;
  const both = [consoles.screenshot(id, asleep, call), consoles.screenshot(id, asleep, call)];
  await expect.poll(() => heard('qom-list').length).toBe(2);
  await expect.poll(() => heard('screendump').length).toBe(1);
  writeFileSync(picture(), whole);
  qemu.say(`{"return": {}, "id": ${heard('screendump')[0]!.id}}\n`);
  const [one, other] = await Promise.all(both);
  expect(one).toBe(other);
  dump = () => {
    writeFileSync(picture(), whole);
    return { return: {} };
  };
  expect(await consoles.screenshot(id, asleep, call)).not.toBe(one);
});

it('a screen that sleeps is woken by a key that writes nothing, before', async () => {
  await consoles.screenshot(id, { wakeUp: true }, call);
  const order = qemu.heard.map(({ execute }) => execute);
  expect(order.slice(-2)).toEqual(['send-key', 'screendump']);
  expect(heard('send-key')[0]!.arguments).toMatchObject({ keys: [{ type: 'qcode', data: 'shift' }] });
});

it('what has no screen, or is off, or is elsewhere, is told', async () => {
  devices = ['rp0'];
  expect(await consoles.screenshot(id, asleep, call)).toBe('none');
  expect(await consoles.open(id, 'screen', call)).toBe('none');
  status = 'shutdown';
  expect(await consoles.screenshot(id, asleep, call)).toBe('off');
  expect(await consoles.open(id, 'serial', call)).toBe('off');
  expect(await consoles.screenshot('i-0123456789abcdef1', asleep, call)).toBe('off');
  expect(await consoles.open(id, 'screen', { ...call, region: 'there' })).toBe('off');
});

it('a monitor that goes away is told', async () => {
  qemu.answer = () => undefined;
  const asked = consoles.screenshot(id, asleep, call);
  await expect.poll(() => heard('query-status').length).toBe(1);
  qemu.die();
  expect(await asked).toBe('silent');
});

it('a socket that nobody is at any more is that of a machine that is off', async () => {
  expect(await consoles.open(id, 'screen', call)).toBe('off');
});

it.each([
  ['QEMU has no room to write', () => ({ error: { class: 'GenericError', desc: 'No space left on device' } }), /space/],
  ['QEMU wrote nothing', () => ({ return: {} }), /no such file/i],
])('%s: the cloud is not available, and the next picture is', async (_, broken, message) => {
  const working = dump;
  dump = broken;
  await expect(consoles.screenshot(id, asleep, call)).rejects.toMatchObject({
    trouble: 'unavailable',
    message: expect.stringMatching(message),
  });
  dump = working;
  expect(await consoles.screenshot(id, asleep, call)).toBeInstanceOf(Uint8Array);
});

it('a picture that has not come whole is none, and goes', async () => {
  dump = () => {
    writeFileSync(picture(), whole.subarray(0, -1));
    return { return: {} };
  };
  await expect(consoles.screenshot(id, asleep, call)).rejects.toThrow(/1 by 1 has 2 bytes/);
  expect(existsSync(picture())).toBe(false);
});
