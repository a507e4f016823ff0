/**
 * Machines on the wire without a QEMU: a process of its own that waits at sockets for the switch, and asks for metadata over
 * keep-alive connections, one request in flight on each. It is told what to do over the channel to its parent.
 */
import { createGuest, type Guest } from '../../src/drivers/qemu/switch/ends/guest.fixture.ts';
import { answerReader } from '../answers.ts';

/** One machine, and the socket at which it waits. */
export interface OnWire {
  readonly ip: string;
  readonly wire: string;
}

export type WireMessage =
  | { readonly do: 'wait'; readonly guests: readonly OnWire[] }
  | ({ readonly do: 'ask' } & Asking);

export interface Asking {
  /** So many of the machines ask, and so many connections each has. */
  readonly guests: number;
  readonly connections: number;
  readonly warmMs: number;
  readonly ms: number;
  /** Requests a second of all together, at the most; absent: as fast as they are answered. */
  readonly perSecond?: number;
}

export interface WireResult {
  /** Answers, with those before the counting began; answers counted. */
  readonly all: number;
  readonly count: number;
  readonly seconds: number;
  /** Answers whose status was not 200. */
  readonly refused: number;
  /** Processor time that this process itself had. */
  readonly processorMs: number;
}

const question = Buffer.from('GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n');
const guests: Guest[] = [];

async function wait(all: readonly OnWire[]): Promise<void> {
  for (const { ip, wire } of all) guests.push(await createGuest(ip, wire));
}

/** When the next request is due, in milliseconds from now: what was late is caught up with. */
function pace(perSecond: number | undefined): () => number {
  if (perSecond === undefined) return () => 0;
  let next = performance.now();
  return () => {
    next += 1000 / perSecond;
    return next - performance.now();
  };
}

/** So many connections of each guest, all at once. */
function ask({ guests: asking, connections, warmMs, ms, perSecond }: Asking): Promise<WireResult> {
  const tally = { all: 0, count: 0, refused: 0 };
  const [used, begins] = [process.cpuUsage(), performance.now() + warmMs];
  const ends = begins + ms;
  const due = pace(perSecond);
  const one = (guest: Guest): Promise<void> =>
    new Promise((resolve, reject) => {
      const stream = guest.connect('169.254.169.254', 80);
      const read = answerReader((status) => {
        const now = performance.now();
        tally.all += 1;
        if (now >= begins && now < ends) tally.count += 1;
        if (status !== 200) tally.refused += 1;
        if (now >= ends) return void stream.destroy();
        const wait = due();
        if (wait > 0) setTimeout(() => stream.write(question), wait);
        else stream.write(question);
      });
      stream.on('data', read);
      stream.once('error', reject);
      stream.once('close', () => (performance.now() < ends ? reject(new Error('a connection was closed')) : resolve()));
      stream.write(question);
    });
  const all = guests.slice(0, asking).flatMap((guest) => Array.from({ length: connections }, () => one(guest)));
  return Promise.all(all).then(() => {
    const { user, system } = process.cpuUsage(used);
    return { ...tally, seconds: ms / 1000, processorMs: (user + system) / 1000 };
  });
}

process.on('message', (message: WireMessage) => {
  const done =
    message.do === 'wait' ? wait(message.guests).then(() => ({})) : ask(message).then((result) => ({ result }));
  done.then(
    (answer) => process.send?.(answer),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
