import { type Call, type Driver, DriverError, type Seen } from '../../../src/ports/driver.ts';
import type { Fault, Rule } from '../support/faultProxy.ts';
import { type Facts, machineSpec, region, type Told } from './scenario.ts';

/** Other ids than those of the conversation without faults, and always the same. */
const ids = {
  machine: 'i-0ec04ded0000000f1',
  interface: 'eni-0ec04ded0000000f2',
  volume: 'vol-0ec04ded0000000f3',
  beyond: 'vol-0ec04ded0000000f4',
  snapshot: 'snap-0ec04ded0000000f5',
} as const;

/** What a proxy says when nobody is behind it. */
const haProxy =
  '<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>';
const answer = (status: number, body: string | object, retryAfter?: number): Fault => ({
  ...{ kind: 'status', status, body },
  ...(retryAfter !== undefined && { headers: { 'retry-after': `${retryAfter}` } }),
});
const busy = { conflictingRequest: { code: 409, message: 'Cannot do that while it is in task_state x' } };
const over = { code: 413, message: 'VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded' };
const slower = { overLimit: { code: 429, message: 'This request was rate-limited.' } };
const detaching = {
  code: 400,
  message:
    "Invalid volume: Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach.",
};
const servers = /\/servers$/;
const server = /\/servers\/[^/]+$/;
const attachments = /\/os-volume_attachments/;

/** What goes wrong at each step. */
export const faults: Readonly<Record<string, readonly Rule[]>> = {
  catalogue: [{ service: 'identity', method: 'POST', fault: answer(503, haProxy) }],
  home: [{ service: 'network', method: 'GET', fault: { kind: 'dropped' } }],
  room: [{ service: 'compute', method: 'GET', path: /\/limits$/, fault: answer(429, slower, 1) }],
  machine: [
    {
      service: 'network',
      method: 'POST',
      fault: answer(500, { NeutronError: { type: 'x', message: 'no', detail: '' } }),
    },
    { service: 'compute', method: 'POST', path: servers, fault: { kind: 'lost' } },
    { service: 'compute', method: 'GET', path: server, fault: { kind: 'half' } },
  ],
  'hasty look': [{ service: 'compute', method: 'GET', path: server, fault: answer(429, slower, 60) }],
  volume: [{ service: 'block-storage', method: 'POST', path: /\/volumes$/, fault: answer(503, haProxy, 1) }],
  'volume beyond the quota': [
    { service: 'block-storage', method: 'POST', path: /\/volumes$/, fault: answer(413, { overLimit: over }) },
  ],
  attach: [{ service: 'compute', method: 'POST', path: attachments, fault: answer(409, busy) }],
  detach: [
    { service: 'compute', method: 'DELETE', path: attachments, fault: { kind: 'lost' } },
    // What Nova says while it is at work; how long that is nobody knows.
    { service: 'compute', method: 'DELETE', path: attachments, fault: answer(400, { badRequest: detaching }) },
  ],
  snapshot: [{ service: 'block-storage', method: 'POST', path: /\/snapshots$/, fault: { kind: 'lost' } }],
  stop: [{ service: 'compute', method: 'POST', path: /\/action$/, fault: { kind: 'lost' } }],
  'snapshot gone': [{ service: 'block-storage', method: 'DELETE', fault: answer(502, haProxy) }],
  'volume gone': [{ service: 'block-storage', method: 'DELETE', fault: { kind: 'lost' } }],
  'machine gone': [
    { service: 'compute', method: 'DELETE', path: server, fault: { kind: 'lost' } },
    { service: 'network', method: 'DELETE', fault: answer(500, { NeutronError: 'database' }) },
  ],
};

/** How the driver is asked: `before` each step something may be made to go wrong; between tries `pauseMs` pass. */
export interface Play {
  readonly driver: Driver;
  readonly facts: Facts;
  readonly pauseMs: number;
  readonly before: (step: string) => void;
}

/** What a step met on its way, and how it ended. */
interface Met {
  readonly troubles: readonly string[];
  readonly seen?: unknown;
  readonly refused?: { readonly trouble: string; readonly about?: string };
}

/** Asks until it is settled, as an operation does: what may be tried again is, and is told of. */
async function persist(verb: () => Promise<unknown>, pauseMs: number): Promise<Met> {
  const troubles: string[] = [];
  for (;;) {
    try {
      const seen = await verb();
      if ((seen as Partial<Seen> | undefined)?.settled !== false) return { troubles, seen };
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      const { trouble, about, retry } = error;
      if (!retry) return { troubles, refused: { trouble, ...(about && { about }) } };
      troubles.push(trouble);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** The life of a machine, a volume and a snapshot in a cloud in which every step goes wrong somehow. */
export async function playFaulty({ driver, facts, pauseMs, before }: Play): Promise<Told> {
  const told: [string, unknown][] = [];
  const call: Call = { account: '111122223333', region, operation: 'op-f', signal: new AbortController().signal };
  const step = async (name: string, verb: () => Promise<unknown>) => {
    before(name);
    told.push([name, await persist(verb, pauseMs)]);
  };
  const { compute, volumes, snapshots, networks, catalogue } = driver;
  await step('catalogue', async () => catalogue.refresh?.());
  const machine = machineSpec(driver, facts, { id: ids.interface, mac: '02:00:ec:04:de:f2' });
  const disk = { device: '/dev/sdf', volume: ids.volume };
  const spec = { zone: facts.zone, sizeGiB: 1, type: 'gp3', encrypted: false };
  await step('home', async () => (await networks?.home(call))?.length);
  await step('room', async () => (await compute.quota!(facts.flavor, call)).left > 0);
  await step('machine', () => compute.ensure(ids.machine, machine, call));
  await step('hasty look', () => compute.look(ids.machine, call));
  await step('volume', () => volumes.ensure(ids.volume, spec, call));
  await step('volume beyond the quota', () => volumes.ensure(ids.beyond, spec, call));
  await step('nothing beyond the quota', () => volumes.absent(ids.beyond, call));
  await step('attach', () => compute.attach(ids.machine, disk, call));
  await step('detach', () => compute.detach(ids.machine, disk, { force: false }, call));
  await step('snapshot', () => snapshots.ensure(ids.snapshot, { volume: ids.volume, sizeGiB: 1 }, call));
  await step('stop', () => compute.power(ids.machine, 'off', { force: false }, call));
  await step('snapshot gone', () => snapshots.absent(ids.snapshot, call));
  await step('volume gone', () => volumes.absent(ids.volume, call));
  await step('machine gone', () => compute.absent(ids.machine, call));
  return told;
}
