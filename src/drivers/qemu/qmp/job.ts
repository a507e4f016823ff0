import { type Qmp, QmpError } from './qmp.ts';

interface JobInfo {
  readonly id: string;
  readonly status: string;
  readonly error?: string;
  readonly 'current-progress'?: number;
  readonly 'total-progress'?: number;
}

export interface JobOptions {
  /** Told now and then: how far it is, 0 to 1. */
  readonly progress?: (done: number) => void;
  /** Milliseconds without an end after which it is cancelled; undefined: it may take as long as it takes. */
  readonly timeoutMs?: number;
}

/** How often a job is looked at when QEMU says nothing, in milliseconds. */
const lookMs = 500;

/**
 * Runs a block job to its end: starts it with `command`, waits until it is concluded, reads its error, dismisses it.
 * The command's arguments get `job-id` and are kept from being dismissed by themselves. A job of this id that is there
 * already, of somebody who died while it ran, is waited for instead.
 * @throws QmpError what the job says went wrong
 */
export async function runJob(
  qmp: Qmp,
  id: string,
  command: string,
  args: object,
  options: JobOptions = {},
): Promise<void> {
  if ((await jobOf(qmp, id)) === undefined)
    await qmp.execute(command, { ...args, 'job-id': id, 'auto-dismiss': false });
  await finishJob(qmp, id, options);
}

/** Waits for a job that runs, or has concluded, and dismisses it. One that is not there any more is an error. */
export async function finishJob(qmp: Qmp, id: string, { progress, timeoutMs }: JobOptions = {}): Promise<void> {
  const until = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  for (;;) {
    const changed = untilChanged(qmp, id);
    const job = await jobOf(qmp, id);
    if (job === undefined) throw new QmpError('DeviceNotActive', `there is no job ${id}`);
    if (job.status === 'concluded') return dismiss(qmp, job);
    if (job.status === 'ready') await qmp.execute('job-complete', { id });
    if (progress !== undefined) progress(shareOf(job));
    if (performance.now() > until) return cancel(qmp, id, timeoutMs!);
    await changed;
  }
}

async function dismiss(qmp: Qmp, { id, error }: JobInfo): Promise<void> {
  await qmp.execute('job-dismiss', { id });
  if (error !== undefined) throw new QmpError('GenericError', `${id}: ${error}`);
}

async function cancel(qmp: Qmp, id: string, timeoutMs: number): Promise<void> {
  await qmp.execute('job-cancel', { id });
  const late = new QmpError('GenericError', `${id}: not done within ${timeoutMs} ms`);
  try {
    await finishJob(qmp, id);
  } catch (error) {
    throw error instanceof QmpError ? late : error;
  }
}

const jobOf = async (qmp: Qmp, id: string): Promise<JobInfo | undefined> =>
  (await qmp.execute<readonly JobInfo[]>('query-jobs')).find((job) => job.id === id);

const shareOf = (job: JobInfo): number => (job['current-progress'] ?? 0) / Math.max(1, job['total-progress'] ?? 1);

/** Resolves at the job's next change, or after a moment: what was missed is seen at the next look. */
function untilChanged(qmp: Qmp, id: string): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const timer = setTimeout(over, lookMs);
    const forget = qmp.on(({ event, data }) => {
      if (event === 'JOB_STATUS_CHANGE' && data.id === id) over();
    });
  });
}
