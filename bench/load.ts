/**
 * The load generator: a process of its own that sends bytes that were made before over keep-alive connections, one
 * request in flight on each, and counts the answers. It is told what to do over the channel to its parent.
 */
import { connect, type Socket } from 'node:net';
import { answerReader } from './answers.ts';
import type { LoadJob, LoadMessage, LoadResult } from './loader.ts';

/** Requests by the name that jobs use, and how far each was used: a later job goes on where the one before ended. */
const questions = new Map<string, { readonly requests: readonly Buffer[]; next: number }>();

function nextOf(name: string): Buffer {
  const set = questions.get(name)!;
  const request = set.requests[set.next % set.requests.length]!;
  set.next += 1;
  return request;
}

interface Channel {
  /** Sends one request and waits for the whole answer; gives its status. */
  ask(request: Buffer): Promise<number>;
  close(): void;
}

const chunkBytes = 256 * 1024;

function open(port: number, onAnswer: (bytes: number, text: string) => void): Promise<Channel> {
  return new Promise((resolve, reject) => {
    let answered: ((status: number) => void) | undefined;
    let failed = reject;
    const read = answerReader((status, bytes, text) => {
      onAnswer(bytes, text);
      answered?.(status);
    });
    const onread = {
      buffer: Buffer.allocUnsafe(chunkBytes),
      callback: (count: number, buffer: Uint8Array) => {
        read((buffer as Buffer).subarray(0, count));
        return true;
      },
    };
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    socket.on('error', (error) => failed(error));
    socket.on('close', () => failed(new Error('the server closed the connection')));
    socket.on('connect', () =>
      resolve({
        ask: (request) =>
          new Promise((done, fail) => {
            answered = done;
            failed = fail;
            socket.write(request);
          }),
        close: () => {
          failed = () => undefined;
          socket.destroy();
        },
      }),
    );
  });
}

async function run(job: LoadJob): Promise<LoadResult> {
  const tally = {
    count: 0,
    all: 0,
    bytes: 0,
    refused: 0,
    refusal: '',
    timed: 0,
    begins: performance.now() + job.warmMs,
  };
  const onAnswer = (bytes: number, text: string): void => {
    tally.bytes = bytes;
    if (text !== '') tally.refusal = text;
  };
  const channels = await Promise.all(Array.from({ length: job.connections }, () => open(job.port, onAnswer)));
  tally.begins = performance.now() + job.warmMs;
  const ends = tally.begins + job.ms;
  const cpu = process.cpuUsage();
  const began = performance.now();
  await Promise.all(channels.map((channel) => work(job, channel, tally, ends)));
  const elapsed = performance.now() - began;
  const used = process.cpuUsage(cpu);
  for (const channel of channels) channel.close();
  return {
    count: tally.count,
    all: tally.all,
    // With something untimed in between, the time is the sum of what was timed.
    seconds: (job.before === undefined ? performance.now() - tally.begins : tally.timed) / 1000,
    refused: tally.refused,
    refusal: tally.refusal,
    bytes: tally.bytes,
    busy: (used.user + used.system) / 1000 / elapsed,
  };
}

/** One connection's share: ask, count, until the time is over, and at least once. What was asked before the time began is not counted. */
async function work(job: LoadJob, channel: Channel, tally: Tally, ends: number): Promise<void> {
  do {
    if (job.before !== undefined && (await channel.ask(nextOf(job.before))) !== 200) tally.refused += 1;
    const began = performance.now();
    const status = await channel.ask(nextOf(job.questions));
    if (status !== 200) tally.refused += 1;
    tally.all += 1;
    if (began < tally.begins) continue;
    tally.timed += performance.now() - began;
    tally.count += 1;
  } while (performance.now() < ends);
}

interface Tally {
  count: number;
  all: number;
  bytes: number;
  refused: number;
  refusal: string;
  timed: number;
  begins: number;
}

process.on('message', (message: LoadMessage) => {
  if (message.kind === 'questions') {
    questions.set(message.name, { requests: message.requests.map((r) => Buffer.from(r)), next: 0 });
    process.send?.({ done: true });
    return;
  }
  run(message.job).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
