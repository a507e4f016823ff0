import { beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../ports/driver.ts';
import { createRecords } from '../records.ts';
import type { Server } from '../rest/nova.ts';
import type { Ask } from '../rest/session.ts';
import { type FakeSession, fakeSession } from '../session.fixture.ts';
import { memoryShelf } from '../storage/storage.fixture.ts';
import { OpenStackError } from '../trouble.ts';
import { resize } from './resize.ts';
import { type MachineRecord, Servers } from './servers.ts';

const id = 'i-00000000000000001';
const flavors: Readonly<Record<string, string>> = { tiny: 'f1', small: 'f2', 't3.micro': 'f1' };
const names: Readonly<Record<string, string>> = { f1: 'tiny', f2: 'small' };
const callOf = (operation: string): Call => ({
  ...{ account: '1', region: 'os-1', operation },
  signal: new AbortController().signal,
});

let now: { status: string; flavor: string; fault?: string };
let session: FakeSession;
let servers: Servers;
/** Nova cannot, and finds out after its answer. */
let trouble: boolean;
let confirmed: boolean;
/** What Nova's parts did about the resize; administrators are told details. */
let events: { readonly event: string; readonly result: string; readonly details?: string }[];

/** What Nova does to the server, all at once where it would take a while. */
function act({ body }: Ask) {
  const [[what, more]] = Object.entries(body as object) as [[string, { flavorRef: string }]];
  if (what === 'resize' && !trouble) now = { status: 'VERIFY_RESIZE', flavor: names[more.flavorRef]! };
  if (what === 'confirmResize' && confirmed)
    throw new OpenStackError('invalid', 'Instance has not been resized.', { status: 400, reached: true });
  if (what === 'confirmResize') confirmed = true;
  if (what === 'revertResize') now = { status: 'SHUTOFF', flavor: now.flavor === 'small' ? 'tiny' : 'small' };
  return undefined;
}

beforeEach(async () => {
  now = { status: 'SHUTOFF', flavor: 'tiny' };
  trouble = false;
  events = [];
  confirmed = false;
  const server = (): Partial<Server> => ({
    ...{ id: 'native', status: now.status, 'OS-EXT-STS:power_state': 4 },
    'OS-EXT-STS:vm_state': now.status === 'VERIFY_RESIZE' ? 'resized' : 'stopped',
    flavor: { original_name: now.flavor, vcpus: 1, ram: 1, disk: 1, ephemeral: 0, swap: 0 },
    ...(now.fault !== undefined && { fault: { code: 500, message: now.fault, created: '' } }),
  });
  session = fakeSession({
    'compute /servers/native': () => ({ server: server() }),
    'compute /servers/native/action': act,
    'compute /servers/native/os-instance-actions': () => ({
      instanceActions: [
        { action: 'stop', request_id: 'req-2' },
        { action: 'resize', request_id: 'req-1' },
      ],
    }),
    'compute /servers/native/os-instance-actions/req-1': () => ({
      instanceAction: { events },
    }),
  });
  const records = createRecords<MachineRecord>(memoryShelf(new Map()), 'machine');
  await records.put(id, callOf('launch'), { account: '1', native: 'native', type: 'tiny' });
  servers = new Servers(records, async () => ({ project: 'p', session }));
});

const sizes = { flavorOf: async (type: string) => flavors[type], flavorName: (type: string) => names[flavors[type]!] };
const asked = (type: string, operation = 'op-1') => resize(servers, sizes, id, type, callOf(operation));
const actions = () => session.asked.flatMap(({ body }) => (body === undefined ? [] : Object.keys(body as object)));
const ended = () => {
  now = { ...now, status: 'SHUTOFF' };
};

describe('a resize', () => {
  it('is asked for, confirmed, and done', async () => {
    expect(await asked('small')).toMatchObject({ settled: false });
    expect(await asked('small')).toMatchObject({ settled: false });
    // Nova confirms after a while, and is not troubled by a second wish.
    expect(await asked('small')).toMatchObject({ settled: false });
    ended();
    expect(await asked('small')).toEqual({ settled: true });
    expect(actions()).toEqual(['resize', 'confirmResize', 'confirmResize']);
    const { native, type, resize: begun } = (await servers.records.get(id, callOf('x')))!;
    expect({ native, type, begun }).toEqual({ native: 'native', type: 'small', begun: undefined });
  });

  it('asks for nothing where another name means the same flavor', async () => {
    expect(await asked('t3.micro')).toEqual({ settled: true });
    expect([actions(), (await servers.records.get(id, callOf('x')))?.type]).toEqual([[], 't3.micro']);
  });

  it('that the cloud cannot do says why, and may be asked for again', async () => {
    trouble = true;
    events = [{ event: 'conductor_migrate_server', result: 'Error' }];
    await asked('small');
    await expect(asked('small')).rejects.toMatchObject({ trouble: 'no-capacity' });
    await asked('small');
    events = [{ event: 'compute_resize_instance', result: 'Error' }, ...events];
    await expect(asked('small')).rejects.toMatchObject({ trouble: 'invalid' });
    await asked('small');
    events = [{ ...events[0]!, details: 'ResizeError: unable to resize disk down.' }];
    await expect(asked('small')).rejects.toMatchObject({
      trouble: 'invalid',
      message: expect.stringContaining('unable to resize disk down'),
    });
    expect(await asked('tiny')).toEqual({ settled: true });
  });

  it('that broke the server says what is the matter with it', async () => {
    await asked('small');
    now = { status: 'ERROR', flavor: 'small', fault: 'the disk is full' };
    await expect(asked('small')).rejects.toMatchObject({
      trouble: 'invalid',
      message: expect.stringContaining('full'),
    });
  });

  it('is taken back by the operation that began it', async () => {
    await asked('small');
    await asked('tiny');
    expect(await asked('tiny')).toEqual({ settled: true });
    expect(actions()).toEqual(['resize', 'revertResize']);
  });

  it('comes after one that others left unconfirmed', async () => {
    now = { status: 'VERIFY_RESIZE', flavor: 'small' };
    await asked('tiny');
    ended();
    await asked('tiny');
    expect([actions(), now.flavor]).toEqual([['confirmResize', 'resize'], 'tiny']);
  });

  it('is refused of a server that is not off, and of a type that there is not', async () => {
    now.status = 'SUSPENDED';
    await expect(asked('small')).rejects.toMatchObject({ trouble: 'invalid', about: 'state' });
    await expect(asked('large')).rejects.toMatchObject({ trouble: 'unsupported' });
    expect(actions()).toEqual([]);
  });
});
