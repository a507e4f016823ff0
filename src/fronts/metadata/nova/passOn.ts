import { Agent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { type MetadataReply, refusal } from '../reply.ts';

/** A request that is passed on to Nova as it came. */
export interface PassedOn {
  readonly method: string;
  /** Path and query, raw. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Uint8Array;
}

/** Nova's own metadata API. */
export interface NovaMetadata {
  /** Nova's answer; 503 when it gives none. Never throws. */
  pass(request: PassedOn): Promise<MetadataReply>;
  close(): void;
}

/** What tells Nova for whom the request is, and what it may need to know of a body. Nothing else is passed on. */
const passedHeaders = ['x-instance-id', 'x-tenant-id', 'x-instance-id-signature', 'x-forwarded-for', 'content-type'];

/** Less than the 32 s after which Neutron's proxy gives up on the agent. */
const timeoutMs = 30_000;
/** User data has up to 64 KiB; vendor data and files come on top. */
const largestAnswer = 8 << 20;

/** Nova closed a connection that was kept, before it heard the request: it is sent again. */
class StaleError extends Error {
  constructor(options: { cause: unknown }) {
    super('the connection was closed before', options);
    this.name = 'StaleError';
  }
}

/** @param address such as `http://127.0.0.1:8775` */
export function createNovaMetadata(address: string, failed: (error: Error) => void): NovaMetadata {
  const { protocol, hostname, port, pathname } = new URL(address);
  const secure = protocol === 'https:';
  const agent = secure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const request = secure ? secureRequest : plainRequest;
  const where = {
    agent,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? undefined : port,
    timeout: timeoutMs,
  };
  const under = pathname.replace(/\/+$/, '');
  const ask = ({ method, target, headers, body }: PassedOn): Promise<MetadataReply> =>
    new Promise((resolve, reject) => {
      const given = passedHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]));
      const sent = request(
        {
          ...where,
          method,
          path: under + target,
          headers: { ...Object.fromEntries(given), 'content-length': body.length },
        },
        (answer) => readAnswer(answer).then(resolve, reject),
      );
      // The time-out above is of silence; this one is of everything.
      const late = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      sent.on('timeout', () => sent.destroy(new Error(`silent for ${timeoutMs} ms`)));
      sent.on('error', (cause: NodeJS.ErrnoException) =>
        reject(sent.reusedSocket && cause.code === 'ECONNRESET' ? new StaleError({ cause }) : cause),
      );
      sent.on('close', () => clearTimeout(late));
      sent.end(body);
    });
  return {
    pass: async (passed) => {
      try {
        return await ask(passed).catch((error: unknown) => {
          if (error instanceof StaleError) return ask(passed);
          throw error;
        });
      } catch (error) {
        failed(error as Error);
        return refusal(503);
      }
    },
    close: () => agent.destroy(),
  };
}

function readAnswer(answer: IncomingMessage): Promise<MetadataReply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > largestAnswer) answer.destroy(new Error(`an answer of more than ${largestAnswer} bytes`));
    });
    answer.on('error', reject);
    answer.on('end', () => {
      const { statusCode: status = 502, headers } = answer;
      // Nova sends nobody anywhere else.
      if (status < 200 || (status >= 300 && status < 400)) return resolve(refusal(502));
      const type = headers['content-type'];
      resolve({ status, headers: type === undefined ? [] : ['Content-Type', type], body: Buffer.concat(chunks) });
    });
  });
}
