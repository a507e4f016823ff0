import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type HttpLimits, serverOptions } from '../http/limits.ts';
import { openAnswers } from '../http/openAnswers.ts';
import { HungUpError, readBody } from '../http/readBody.ts';
import { send } from '../http/send.ts';
import { readTarget } from '../http/target.ts';
import { refuseUnreadable } from '../http/unreadable.ts';
import { failure } from './failure.ts';
import { type AgentRequest, answerAgent, type NovaPlace } from './nova/door.ts';
import { answerOf, type MetadataReply } from './reply.ts';

/** Only Nova's `password` takes a body, of some hundred bytes. */
const largestBody = 64 * 1024;

/** The HTTP server that Neutron's metadata agent is pointed at; it does not listen yet. */
export function createNovaListener(place: NovaPlace, limits: HttpLimits): Server {
  const answers = openAnswers();
  const server = createServer(serverOptions(limits), (message, response) => {
    answers.add(message.socket, response);
    respond(place, server, message, response).catch((error: unknown) => {
      place.log.error({ err: error }, 'the metadata answer could not be sent');
      response.destroy();
    });
  });
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
  const reply = await replyTo(place, path, async () => {
    const body = await readBody(message, largestBody, () => undefined);
    return { method, path, query, headers, body };
  });
  if (reply === undefined) return void response.destroy();
  await send(message, response, answerOf(reply), !server.listening);
  place.log.debug({ method, path, status: reply.status }, 'metadata request');
}

/** Undefined: the client hung up before its request was whole. */
async function replyTo(
  place: NovaPlace,
  path: string,
  read: () => Promise<AgentRequest>,
): Promise<MetadataReply | undefined> {
  try {
    return await answerAgent(place, await read());
  } catch (error) {
    if (error instanceof HungUpError) return undefined;
    return failure(place.log, path, error);
  }
}
