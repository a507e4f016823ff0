import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { World } from '../cloud/context/world.ts';
import type { Worker } from '../cloud/operation/worker.ts';
import type { Page } from '../fronts/http/server.ts';
import type { Reply } from '../fronts/query/door.ts';
import { createMachineMeters } from './machineMeters.ts';

export type MeteredWorld = Pick<World, 'store' | 'regions' | 'log'>;

/** What this process counts: `observe` is told of every reply, `page` shows all in Prometheus' text format. */
export interface Metrics {
  readonly observe: (reply: Reply, seconds: number) => void;
  readonly page: Page;
}

/** Prometheus' meters of this process, and of the machines whose use of a region's cloud can be told. */
export function createMetrics({ store, regions, log }: MeteredWorld, worker: Worker): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'elsewhere_requests_total',
    help: 'API requests answered, by service, action and error code (empty: success).',
    labelNames: ['service', 'action', 'code'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'elsewhere_request_seconds',
    help: 'Time from the request line to the answer.',
    labelNames: ['action'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers: [registry],
  });
  new Gauge({
    name: 'elsewhere_operations_pending',
    help: 'Durable operations that have not ended.',
    registers: [registry],
    async collect() {
      // The other meters matter most when the store is down.
      await store.operations.pending().then(
        (count) => this.set(count),
        () => this.remove(),
      );
    },
  });
  new Gauge({
    name: 'elsewhere_operations_running',
    help: 'Durable operations at work in this process.',
    registers: [registry],
    collect() {
      this.set(worker.busy);
    },
  });
  const machines = createMachineMeters(registry, regions, log);
  // Looking up a meter by its labels costs more than counting. Labels are of the model, so this stays small.
  const metersOf = new Map<string, { count: Counter.Internal; time: Histogram.Internal<'action'> }>();
  return {
    observe: ({ service, action, code = '' }, time) => {
      const key = `${service}/${action}/${code}`;
      let meters = metersOf.get(key);
      if (meters === undefined) {
        meters = { count: requests.labels({ service, action, code }), time: seconds.labels({ action }) };
        metersOf.set(key, meters);
      }
      meters.count.inc();
      meters.time.observe(time);
    },
    page: async () => {
      await machines.read();
      return { status: 200, type: registry.contentType, body: await registry.metrics() };
    },
  };
}
