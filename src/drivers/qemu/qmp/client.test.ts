import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectQmp, QmpGone } from './client.ts';
import { type Pretended, pretendedQemu } from './pretend.fixture.ts';
import { type Qmp, QmpError, type QmpEvent } from './qmp.ts';

let qemu: Pretended;
let qmp: Qmp;
beforeEach(async () => {
  qemu = await pretendedQemu();
  qmp = await connectQmp(qemu.path);
});
afterEach(async () => {
  qmp.close();
  await qemu.close();
});

describe('a connection to a monitor', () => {
  it('negotiates, then runs commands and gives what they return', async () => {
    qemu.answer = ({ execute }) => ({ return: { status: execute } });
    expect(await qmp.execute('query-status')).toEqual({ status: 'query-status' });
    expect(await qmp.execute('qom-list', { path: '/' })).toEqual({ status: 'qom-list' });
    expect(qemu.heard.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'query-status', 'qom-list']);
    expect(qemu.heard.map((command) => command.arguments)).toEqual([undefined, undefined, { path: '/' }]);
  });

  it('matches answers by their ids, in whatever order they come', async () => {
    qemu.answer = () => undefined;
    const [one, two] = [qmp.execute('query-jobs'), qmp.execute('query-chardev')];
    await expect.poll(() => qemu.heard.length).toBe(3);
    qemu.say(`{"return": 2, "id": ${qemu.heard[2]!.id}}\n{"return": 1, "id": ${qemu.heard[1]!.id}}\n`);
    expect(await Promise.all([one, two])).toEqual([1, 2]);
  });

  it('lets nobody give a command that QEMU has not, or with what it does not take', () => {
    const misspelt = () => {
      // @ts-expect-error there is no such command
      void qmp.execute('query-statues');
      // @ts-expect-error it is called `node-name`
      void qmp.execute('blockdev-del', { node: 'a' });
      // @ts-expect-error it has to be told what
      void qmp.execute('device_del');
      // @ts-expect-error it takes nothing
      void qmp.execute('cont', { id: 'a' });
      // @ts-expect-error there is no such event
      void qmp.on(({ event }) => event === 'GUEST_PANICED');
    };
    expect(misspelt).toBeTypeOf('function');
  });

  it('gives the refusal of a command with its class', async () => {
    qemu.answer = () => ({ error: { class: 'DeviceNotFound', desc: "Device 'x' not found" } });
    const refused = qmp.execute('device_del', { id: 'x' });
    await expect(refused).rejects.toThrow(QmpError);
    await expect(refused).rejects.toMatchObject({
      class: 'DeviceNotFound',
      message: "device_del: Device 'x' not found",
    });
  });

  it('reads lines that come in halves, also of a letter', async () => {
    qemu.answer = () => undefined;
    const asked = qmp.execute('query-status');
    await expect.poll(() => qemu.heard.length).toBe(2);
    const bytes = Buffer.from(`{"return": "größe", "id": ${qemu.heard[1]!.id}}\n`);
    const at = bytes.indexOf(0xc3) + 1;
    qemu.say(bytes.subarray(0, at) as never);
    await new Promise((resolve) => setTimeout(resolve, 20));
    qemu.say(bytes.subarray(at) as never);
    expect(await asked).toBe('größe');
  });

  it('gives up on a command that is not answered, and lives on', async () => {
    qemu.answer = ({ execute }) => (execute === 'quit' ? undefined : { return: 'fast' });
    await expect(qmp.execute('quit', undefined, 30)).rejects.toThrow('QEMU did not answer quit within 30 ms');
    qemu.say(`{"return": "late", "id": ${qemu.heard[1]!.id}}\n`);
    expect(await qmp.execute('cont')).toBe('fast');
  });
});

describe('events', () => {
  it('are told to those who listen, until they do not', async () => {
    const seen: QmpEvent[] = [];
    const forget = qmp.on((event) => seen.push(event));
    const first = qmp.once(({ event }) => event === 'SHUTDOWN', 5000);
    qemu.event('RESET', { guest: true });
    qemu.event('SHUTDOWN', { guest: true, reason: 'guest-shutdown' });
    expect(await first).toEqual({
      event: 'SHUTDOWN',
      data: { guest: true, reason: 'guest-shutdown' },
      at: 1_700_000_000_250,
    });
    forget();
    qemu.event('STOP');
    await qmp.execute('query-status');
    expect(seen.map(({ event }) => event)).toEqual(['RESET', 'SHUTDOWN']);
  });

  it('that do not come are waited for so long and no longer', async () => {
    await expect(qmp.once(() => true, 20)).rejects.toThrow('did not come within 20 ms');
  });
});

describe('the end of QEMU', () => {
  it('fails what is under way, and what comes after', async () => {
    qemu.answer = () => undefined;
    const running = qmp.execute('query-jobs');
    const waiting = qmp.once(() => true, 60_000);
    await expect.poll(() => qemu.heard.length).toBe(2);
    qemu.die();
    await expect(running).rejects.toThrow(QmpGone);
    await expect(waiting).rejects.toThrow(QmpGone);
    await qmp.ended;
    await expect(qmp.execute('query-status')).rejects.toThrow('is gone');
  });

  it('is what something else at the socket amounts to', async () => {
    qemu.answer = () => undefined;
    const running = qmp.execute('query-status');
    qemu.say('HTTP/1.1 400 Bad Request\r\n');
    await expect(running).rejects.toThrow('is not QMP');
    await qmp.ended;
  });
});

describe('connecting', () => {
  it('gives up where somebody else is', async () => {
    await expect(connectQmp(qemu.path, 50)).rejects.toThrow('nobody greets within 50 ms');
  });

  it('says where nobody is', async () => {
    await expect(connectQmp(`${qemu.path}.none`)).rejects.toThrow('ENOENT');
  });

  it('ends with a QEMU that dies before it greets', async () => {
    const mute = await pretendedQemu(false);
    const connecting = connectQmp(mute.path);
    setTimeout(() => mute.die(), 20);
    await expect(connecting).rejects.toThrow(QmpGone);
    await mute.close();
  });
});
