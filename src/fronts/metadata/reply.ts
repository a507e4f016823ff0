import { STATUS_CODES } from 'node:http';
import type { Answer } from '../http/send.ts';

/** What goes back to a guest. */
export interface MetadataReply {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array;
}

/** A refusal, as a small page: clients look at the status alone. */
export function refusal(status: number, ...headers: readonly string[]): MetadataReply {
  const title = `${status} - ${STATUS_CODES[status]}`;
  return {
    status,
    headers: ['Content-Type', 'text/html', ...headers],
    body: `<!DOCTYPE html>\n<html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
  };
}

/** The way down the tree that a raw path asks for; undefined when it cannot be read. Slashes too many do not count. */
export function segmentsOf(path: string): readonly string[] | undefined {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** As it goes out. */
export const answerOf = ({ status, headers, body }: MetadataReply): Answer => ({
  status,
  headers,
  body: [typeof body === 'string' ? body : Buffer.from(body)],
});
