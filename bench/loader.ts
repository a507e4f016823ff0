import { type Child, forked } from './child.ts';

/** What the load generator does for a while. */
export interface LoadJob {
  readonly port: number;
  readonly connections: number;
  /** Name of the requests to send, in turn. */
  readonly questions: string;
  /** Name of requests of which one is sent, and not timed, before each. With one connection. */
  readonly before?: string;
  /** How long to send before counting, and how long to count, in milliseconds. */
  readonly warmMs: number;
  readonly ms: number;
}

export interface LoadResult {
  /** Answers counted. */
  readonly count: number;
  /** Answers, with those before the counting began. */
  readonly all: number;
  readonly seconds: number;
  /** Answers whose status was not 200. */
  readonly refused: number;
  /** The beginning of the last of these. */
  readonly refusal: string;
  /** Length of the body that came last. */
  readonly bytes: number;
  /** How much of one core the generator itself used, 0 to 1: near 1 it would be what is measured. */
  readonly busy: number;
}

export type LoadMessage =
  | { readonly kind: 'questions'; readonly name: string; readonly requests: readonly Uint8Array[] }
  | { readonly kind: 'run'; readonly job: LoadJob };

/** The load generator, as this process sees it. */
export interface Loader {
  /** Gives requests a name, to be sent in turn. */
  questions(name: string, requests: readonly Uint8Array[]): Promise<void>;
  /** @throws when a connection failed or an answer's status was not 200 */
  run(job: LoadJob): Promise<LoadResult>;
  close(): void;
}

export function startLoader(): Loader {
  const child: Child = forked('load');
  return {
    questions: async (name, requests) => {
      await child.ask({ kind: 'questions', name, requests } satisfies LoadMessage);
    },
    run: async (job) => {
      const { result, error } = await child.ask<{ result?: LoadResult; error?: string }>({
        kind: 'run',
        job,
      } satisfies LoadMessage);
      if (result === undefined) throw new Error(`the load generator failed (${job.questions}): ${error}`);
      if (result.refused > 0)
        throw new Error(
          `${result.refused} of ${result.count} answers to '${job.questions}' were not 200: ${result.refusal}`,
        );
      return result;
    },
    close: child.close,
  };
}
