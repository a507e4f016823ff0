import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Pretended, pretendedQemu } from '../qmp/pretend.fixture.ts';
import { names } from './commandLine.ts';
import { monitorOf } from './launch.ts';

describe('the monitor of a machine', () => {
  let folder: string;
  let monitors: readonly Pretended[];
  const isThere = (at: 0 | 1): void => symlinkSync(monitors[at]!.path, join(folder, names.monitors[at]));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'machine-'));
    monitors = [await pretendedQemu(), await pretendedQemu()];
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    for (const monitor of monitors) await monitor.close();
  });

  it('is the first', async () => {
    isThere(0);
    isThere(1);
    const qmp = await monitorOf(folder);
    await qmp!.execute('query-status');
    expect(monitors.map(({ heard }) => heard.length)).toEqual([2, 0]);
    qmp!.close();
  });

  it('is the second where somebody is at the first', async () => {
    isThere(0);
    isThere(1);
    const somebody = await monitorOf(folder);
    const qmp = await monitorOf(folder, 50);
    await qmp!.execute('query-status');
    expect(monitors.map(({ heard }) => heard.length)).toEqual([1, 2]);
    for (const one of [somebody, qmp]) one!.close();
  });

  it('is not the second where the first is not there yet', async () => {
    isThere(1);
    expect(await monitorOf(folder)).toBeUndefined();
    expect(monitors[1]!.heard).toEqual([]);
  });
});
