import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../config/problem.ts';

/** Whether it is a URL that can be fetched. */
export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/** Fetches a URL into a file. Nothing is tried again: whoever asked does. */
export async function download(url: string, file: string, onProgress: (percent: number) => void): Promise<void> {
  try {
    const answer = await fetch(url);
    if (!answer.ok || answer.body === null) throw new Error(`the server answers ${answer.status}`);
    const length = Number(answer.headers.get('content-length') ?? 0);
    let bytes = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _, next) {
        bytes += chunk.length;
        if (length > 0) onProgress((100 * bytes) / length);
        next(undefined, chunk);
      },
    });
    await pipeline(
      Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]),
      counted,
      createWriteStream(file),
    );
  } catch (cause) {
    const why = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message;
    throw new Problem('usage', `${url} cannot be fetched: ${why}`, { cause });
  }
}
