import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { DriverError } from '../../ports/driver.ts';
import type { Log } from '../../ports/log.ts';
import { StoreError } from '../../ports/store.ts';
import { WireError } from '../awsquery/errors.ts';
import type { HttpLimits } from '../http/limits.ts';
import { openAnswers } from '../http/openAnswers.ts';
import { HungUpError, readBody } from '../http/readBody.ts';
import { send } from '../http/send.ts';
import { readTarget } from '../http/target.ts';
import { refuseUnreadable } from '../http/unreadable.ts';
import { type AgentRequest, answerAgent, type NovaPlace } from './nova/door.ts';
import { type MetadataReply, refusal } from './reply.ts';

/** Only Nova's `password` takes a body, of some hundred bytes. */
const largestBody = 64 * 1024;

/** The HTTP server that Neutron's metadata agent is pointed at; it does not listen yet. */
export function createNovaListener(place: NovaPlace, limits: HttpLimits): Server {
  const answers = openAnswers();
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    (message, response) => {
      answers.add(message.socket, response);
      respond(place, server, message, response).catch((error: unknown) => {
        place.log.error({ err: error }, 'the metadata answer could not be sent');
        response.destroy();
      });
    },
  );
  server.timeout = limits.idleMs;
  refuseUnreadable(server, answers.of, place.log);
  return server;
}

async function respond(
  place: NovaPlace,
  server: Server,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', headers } = message;
  const { path, query } = readTarget(message.url ?? '/');
  const reply = await replyTo(place, message, async () => {
    const body = await readBody(message, largestBody, () => undefined);
    return { method, path, query, headers, body };
  });
  if (reply === undefined) return void response.destroy();
  await sendMetadata(message, response, reply, !server.listening);
  place.log.debug({ method, path, status: reply.status }, 'metadata request');
}

/** Undefined: the client hung up before its request was whole. */
async function replyTo(
  place: NovaPlace,
  message: IncomingMessage,
  read: () => Promise<AgentRequest>,
): Promise<MetadataReply | undefined> {
  try {
    return await answerAgent(place, await read());
  } catch (error) {
    if (error instanceof HungUpError) return undefined;
    return failure(place.log, message, error);
  }
}

/** The reply to a request that could not be worked. */
export function failure(log: Log, { url }: IncomingMessage, error: unknown): MetadataReply {
  if (error instanceof WireError) return refusal(error.status);
  log.error({ err: error, path: url }, 'metadata request failed');
  return refusal(error instanceof StoreError || (error instanceof DriverError && error.retry) ? 503 : 500);
}

/** Sends a reply; resolves when all of it is with the system. `last`: the connection closes behind it. */
export function sendMetadata(
  message: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: MetadataReply,
  last: boolean,
): Promise<void> {
  return send(
    message,
    response,
    { status, headers, body: [typeof body === 'string' ? body : Buffer.from(body)] },
    last,
  );
}
