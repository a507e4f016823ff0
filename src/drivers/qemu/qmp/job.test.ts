import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectQmp } from './client.ts';
import { finishJob, runJob } from './job.ts';
import { type Pretended, pretendedQemu } from './pretend.fixture.ts';
import { type Qmp, QmpError } from './qmp.ts';

type Job = Readonly<Record<string, unknown>>;

let qemu: Pretended;
let qmp: Qmp;
let job: Job | undefined;
/** What becomes of the job when it is told to. */
let begun: Job;
beforeEach(async () => {
  qemu = await pretendedQemu();
  qmp = await connectQmp(qemu.path);
  job = undefined;
  begun = { id: 'copy', status: 'running', 'current-progress': 1, 'total-progress': 4 };
  qemu.answer = ({ execute }) => {
    if (execute === 'query-jobs') return { return: job === undefined ? [] : [job] };
    if (execute === 'blockdev-backup') job = begun;
    if (execute === 'job-dismiss') job = undefined;
    if (execute === 'job-complete') concluded();
    if (execute === 'job-cancel') concluded({ error: 'Operation canceled' });
    return { return: {} };
  };
});
afterEach(async () => {
  qmp.close();
  await qemu.close();
});

const concluded = (more: object = {}): void => {
  job = { ...begun, status: 'concluded', ...more };
  qemu.event('JOB_STATUS_CHANGE', { id: 'copy', status: 'concluded' });
};
const heard = () => qemu.heard.map(({ execute }) => execute);

it('a job is started, waited for, and dismissed', async () => {
  const seen: number[] = [];
  const running = runJob(qmp, 'copy', 'blockdev-backup', { device: 'a' }, { progress: (done) => seen.push(done) });
  await expect.poll(() => seen.length).toBeGreaterThan(0);
  concluded();
  await running;
  expect(seen[0]).toBe(0.25);
  expect(job).toBeUndefined();
  const started = qemu.heard.find(({ execute }) => execute === 'blockdev-backup');
  expect(started?.arguments).toEqual({ device: 'a', 'job-id': 'copy', 'auto-dismiss': false });
});

it('the error of a job is thrown, and the job is dismissed', async () => {
  begun = { ...begun, status: 'concluded', error: 'No space left on device' };
  await expect(runJob(qmp, 'copy', 'blockdev-backup', {})).rejects.toThrow('copy: No space left on device');
  expect(job).toBeUndefined();
});

it('a job that somebody began is gone on with', async () => {
  job = begun;
  const running = runJob(qmp, 'copy', 'blockdev-backup', {});
  await expect.poll(heard).toContain('query-jobs');
  concluded();
  await running;
  expect(heard()).not.toContain('blockdev-backup');
});

it('a job that only waits to be completed is', async () => {
  begun = { ...begun, status: 'ready' };
  await runJob(qmp, 'copy', 'blockdev-backup', {});
  expect(heard()).toContain('job-complete');
});

it('a job that takes too long is cancelled', async () => {
  const running = runJob(qmp, 'copy', 'blockdev-backup', {}, { timeoutMs: 10 });
  await expect(running).rejects.toThrow('copy: not done within 10 ms');
  expect(job).toBeUndefined();
});

it('a job that is not there has no end', async () => {
  await expect(finishJob(qmp, 'copy')).rejects.toThrow(QmpError);
});

it('QEMU dying ends the wait', async () => {
  const running = runJob(qmp, 'copy', 'blockdev-backup', {});
  await expect.poll(heard).toContain('blockdev-backup');
  qemu.die();
  await expect(running).rejects.toThrow('gone');
});
