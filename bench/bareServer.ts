import { type Child, forked } from './child.ts';

/** What the bare server answers: the headers (without those that Node adds itself) and the body of a real answer. */
export interface BareAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface BareServer {
  readonly port: number;
  answerWith(answer: BareAnswer): Promise<void>;
  /** Seconds of processor time that it has used. */
  cpuSeconds(): Promise<number>;
  close(): void;
}

interface Said {
  readonly port: number;
  readonly cpuSeconds: number;
}

export async function startBare(): Promise<BareServer> {
  const child: Child = forked('bare');
  const { port } = await child.ask<Said>({});
  return {
    port,
    answerWith: async (answer) => {
      await child.ask({ answer });
    },
    cpuSeconds: async () => (await child.ask<Said>({})).cpuSeconds,
    close: child.close,
  };
}
