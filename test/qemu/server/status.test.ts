import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RealServer, until } from '../support/server.ts';

const server = new RealServer();
/** One panics, the other loses its network. */
let [panics, silent] = ['', ''];

/** System and instance status of a machine, and whether it is reachable. */
async function status(id: string): Promise<string> {
  const asked = new sdk.DescribeInstanceStatusCommand({ InstanceIds: [id] });
  const [found] = (await server.ec2.send(asked)).InstanceStatuses!;
  const { Status, Details } = found!.InstanceStatus!;
  return `${found!.SystemStatus!.Status} ${Status} ${Details![0]!.Name} ${Details![0]!.Status}`;
}
const ok = 'ok ok reachability passed';
const impaired = 'ok impaired reachability failed';
const becomes = (id: string, wanted: string) =>
  until(
    () => status(id),
    (found) => found === wanted,
  );

/** How often a machine has booted, by its console, which begins anew when its QEMU does. */
const boots = (id: string, times: number) =>
  until(
    async () => (await server.consoleText(id)).match(/guest: ready/g)?.length,
    (found) => found === times,
  );

/** A crash of the kernel, which then restarts after so many seconds, or never: 0. */
const crash = (seconds: number) => `echo ${seconds} > /proc/sys/kernel/panic; echo c > /proc/sysrq-trigger`;

beforeAll(async () => {
  const image = server.importedGuest();
  await server.start();
  [panics, silent] = await Promise.all([server.launch({ ImageId: image }), server.launch({ ImageId: image })]);
  for (const id of [panics, silent]) await server.says(id, /guest: ready/);
}, 180_000);
afterAll(() => server.close());

it('machines whose guests answer are well', async () => {
  for (const id of [panics, silent]) expect(await becomes(id, ok)).toBe(ok);
});

it('one whose guest panicked, and stays so, is impaired at once, and no other is', async () => {
  await server.type(panics, crash(0), () => becomes(panics, impaired));
  expect(await status(silent)).toBe(ok);
  expect((await server.instance(panics)).State?.Name).toBe('running');
});

it('its reboot waits for no button that nobody hears, and it is well again', async () => {
  // Meanwhile the other is not heard any more: it takes a minute and a half until that counts.
  expect(await server.run(silent, 'ip link set eth0 down; echo done')).toBe('done');
  await server.ec2.send(new sdk.RebootInstancesCommand({ InstanceIds: [panics] }));
  await boots(panics, 2);
  await becomes(panics, ok);
});

it('one whose guest panicked and restarts by itself is well when it is back', async () => {
  await server.type(panics, crash(5), () => boots(panics, 3));
  await becomes(panics, ok);
});

it('one whose guest is not heard any more is impaired, and no other is; when it is heard again, it is well', async () => {
  await becomes(silent, impaired);
  expect(await status(panics)).toBe(ok);
  expect(await server.run(silent, 'ip link set eth0 up; echo done')).toBe('done');
  await becomes(silent, ok);
});
