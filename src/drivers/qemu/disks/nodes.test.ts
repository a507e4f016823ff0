import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../main/clock/system.ts';
import { type Qmp, QmpError } from '../qmp/qmp.ts';
import { dropCutOff, dropNodes, nodesOf } from './nodes.ts';

const volume = 'vol-1';
const node = (name: string | undefined, depth: number) => ({
  ...(name !== undefined && { 'node-name': name }),
  file: `/v/${name}`,
  backing_file_depth: depth,
});

/** A QEMU with these nodes and jobs; what it was told besides is in `told`. */
function qemu(nodes: readonly object[], jobs: { id: string; status: string }[] = []) {
  const told: string[] = [];
  const execute = async (command: string, args: Record<string, unknown> = {}): Promise<unknown> => {
    if (command === 'query-named-block-nodes') return nodes;
    if (command === 'query-jobs') return jobs;
    told.push(`${command} ${Object.values(args).join(' ')}`);
    if (command !== 'job-cancel') return {};
    jobs.length = 0;
    throw new QmpError('GenericError', 'it has just ended');
  };
  return { qmp: { execute } as Qmp, told };
}

describe('the nodes of a volume', () => {
  const open = [
    ...[node('vol-1', 0), node('vol-1.9', 1), node('vol-1.10', 2), node('vol-1.11', 0)],
    ...[node('vol-12', 0), node('vol-1.x', 1), node('#block123', 1), node(undefined, 0)],
  ];

  it('are in the order of their layers, less one that was never put on top', async () => {
    expect((await nodesOf(qemu(open).qmp, volume)).map(({ name }) => name)).toEqual(['vol-1.10', 'vol-1.9', 'vol-1']);
  });

  it('are all closed, the top first, and a job before them', async () => {
    const { qmp, told } = qemu(open, [{ id: 'stream-vol-1', status: 'running' }]);
    await dropNodes(qmp, volume, createSystemClock());
    const closed = ['vol-1.11', 'vol-1.10', 'vol-1.9', 'vol-1'].map((name) => `blockdev-del ${name}`);
    expect(told).toEqual(['job-cancel stream-vol-1', ...closed]);
  });

  it('that was never put on top can be closed alone', async () => {
    const { qmp, told } = qemu(open);
    await dropCutOff(qmp, volume, '/v/disk-11.qcow2');
    await dropCutOff(qmp, volume, '/v/disk-10.qcow2');
    expect(told).toEqual(['blockdev-del vol-1.11']);
  });
});
