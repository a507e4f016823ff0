import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolders } from '../folders.ts';
import { connectQmp } from '../qmp/client.ts';
import { type Pretended, pretendedQemu } from '../qmp/pretend.fixture.ts';
import { Connections } from './connections.ts';

describe('what a machine does', () => {
  const id = 'i-0123456789abcdef0';
  let [folder, status] = ['', ''];
  let qemu: Pretended;
  let connections: Connections;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'machines-'));
    qemu = await pretendedQemu();
    qemu.answer = () => ({ return: { status } });
    connections = new Connections(createFolders(folder));
    connections.add(id, await connectQmp(qemu.path));
    status = 'running';
  });
  afterEach(async () => {
    await connections.close();
    await qemu.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['running', 'running'],
    ['paused', 'running'],
    ['shutdown', 'shutdown'],
    ['internal-error', 'broken'],
    ['io-error', 'broken'],
  ])('is told by QEMU: %s is %s', async (said, doing) => {
    status = said;
    expect(await connections.doing(id)).toBe(doing);
  });

  it('is broken from a panic of its guest on, until it is reset', async () => {
    expect(await connections.doing(id)).toBe('running');
    qemu.event('GUEST_PANICKED', { action: 'run' });
    expect(await connections.doing(id)).toBe('broken');
    expect(await connections.doing(id)).toBe('broken');
    qemu.event('RESET', { guest: true, reason: 'guest-reset' });
    expect(await connections.doing(id)).toBe('running');
  });

  it('is off when a guest that panicked has switched itself off', async () => {
    qemu.event('GUEST_PANICKED', { action: 'run' });
    status = 'shutdown';
    expect(await connections.doing(id)).toBe('shutdown');
  });

  it('is that it is gone, where there is no process', async () => {
    expect(await connections.doing('i-0123456789abcdef1')).toBe('gone');
  });
});
