import { inTurns, type Line, type Pair } from './figures.ts';
import type { RunningServer } from './server.ts';
import type { Servers } from './servers.ts';
import { type Question, signer } from './sign.ts';

/** Requests a second of our server against the bare server's, which answers one of the same answers. */
export interface AgainstBare {
  readonly what: string;
  readonly server: RunningServer;
  /** Asked in turn, again from the first after the last. */
  readonly questions: readonly Question[];
  /** One of these is asked, and not timed, before each; then there is one connection. */
  readonly before?: readonly Question[];
  readonly connections?: number;
  readonly target?: number;
}

/** Rounds for what is promised, and for what is only told. */
const rounds = { promised: 5, told: 3 } as const;
const time = { warmMs: 1_500, ms: 1_200 } as const;

export async function againstBare({ loader, bare }: Servers, job: AgainstBare): Promise<Line> {
  const { server, questions, before } = job;
  const sign = signer(server.credentials);
  await loader.questions(job.what, questions.map(sign));
  if (before !== undefined) await loader.questions(`${job.what}, before`, before.map(sign));
  const captured = await server.capture(questions[0]!);
  await bare.answerWith(captured);
  const connections = before === undefined ? (job.connections ?? 8) : 1;
  const notes: Note[] = [];
  const side = async (port: number, cpu: () => Promise<number>, changing: boolean): Promise<number> => {
    const used = await cpu();
    const common = { port, connections, questions: job.what, ...time };
    const result = await loader.run(
      changing && before !== undefined ? { ...common, before: `${job.what}, before` } : common,
    );
    notes.push({
      ours: changing,
      cpuMs: (((await cpu()) - used) * 1000) / result.all,
      generatorBusy: result.busy,
      bytes: result.bytes,
    });
    return result.count / result.seconds;
  };
  const ours = () => side(server.credentials.port, () => server.meter('process_cpu_seconds_total'), true);
  const pair = await inTurns(rounds[job.target === undefined ? 'told' : 'promised'], ours, () =>
    side(bare.port, bare.cpuSeconds, false),
  );
  return lineOf(job, pair, { bytes: captured.body.length, notes });
}

interface Note {
  readonly ours: boolean;
  /** Processor time of the server for each request. */
  readonly cpuMs: number;
  readonly generatorBusy: number;
  readonly bytes: number;
}

const lineOf = (
  { what, target }: AgainstBare,
  { ours, reference, ratio, rounds: all }: Pair,
  details: object,
): Line => ({
  what,
  unit: '/s',
  ours,
  reference,
  to: 'bare server',
  ratio,
  ...(target !== undefined && { target: { is: 'at least', value: target, of: 'ratio' } as const }),
  details: { ...details, rounds: all },
});
