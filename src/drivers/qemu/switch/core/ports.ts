import type { SeenPort } from '../../network/plane.ts';
import type { Ends } from '../packets/translate.ts';
import { createFlowTable, type FlowTable } from './flows.ts';
import { createFragments, type Fragments } from './fragments.ts';
import { type Bucket, createBucket, type Limits } from './limits.ts';
import type { PortTable } from './topology.ts';

/** Where the first fragment of a packet went, and by which network; with the addresses that it got on its way. */
export interface FragmentWay {
  readonly to: PortState;
  readonly generation: number;
  readonly ends?: Ends;
}

/** A port as it lives on from one network to the next. */
export interface PortState {
  readonly id: string;
  /** What the network that was given last says of it. */
  table: PortTable;
  readonly flows: FlowTable;
  /** Where fragments go, as long as the network is the same. */
  readonly fragments: Fragments<FragmentWay>;
  readonly frames: Bucket;
  readonly questions: Bucket;
  readonly newFlows: Bucket;
  readonly seen: { leasedAt?: number; heardAt?: number };
  readonly received: { frames: number; bytes: number; dropped: number };
  readonly sent: { frames: number; bytes: number };
}

export const createPort = (table: PortTable, limits: Limits, now: number): PortState => ({
  id: table.spec.id,
  table,
  flows: createFlowTable(limits),
  fragments: createFragments(),
  frames: createBucket(limits.framesPerSecond, now),
  questions: createBucket(limits.questionsPerSecond, now),
  newFlows: createBucket(limits.newFlowsPerSecond, now),
  seen: {},
  received: { frames: 0, bytes: 0, dropped: 0 },
  sent: { frames: 0, bytes: 0 },
});

/** What is told of a port; whether QEMU is there is what its wire knows. */
export const seenOf = (port: PortState): Omit<SeenPort, 'up'> => ({
  ...port.seen,
  received: { ...port.received },
  sent: { ...port.sent },
});
