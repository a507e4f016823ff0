import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../config/problem.ts';

/** Whether it is a URL that can be fetched. */
export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/** Fetches a short text. */
export async function fetchText(url: string): Promise<string> {
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
    return await answer.text();
  } catch (error) {
    throw notFetched(url, error as Error);
  }
}

function notFetched(url: string, error: Error): Problem {
  const why = (error.cause as Error | undefined)?.message ?? error.message;
  return new Problem('usage', `${url} cannot be fetched: ${why}`, { cause: error });
}

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
  } catch (error) {
    throw notFetched(url, error as Error);
  }
}
