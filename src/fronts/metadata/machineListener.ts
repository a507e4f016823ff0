import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../../ports/log.ts';
import { type HttpLimits, serverOptions } from '../http/limits.ts';
import { openAnswers } from '../http/openAnswers.ts';
import { send } from '../http/send.ts';
import { readTarget } from '../http/target.ts';
import { refuseUnreadable } from '../http/unreadable.ts';
import { requestOf } from './asked.ts';
import { failure } from './failure.ts';
import { answerOf, type MetadataReply, refusal } from './reply.ts';
import type { MetadataService } from './service.ts';

/** Where machines ask whose network is ours: whoever carries their packets says whose connection it is. */
export interface MachinePlace {
  readonly metadata: MetadataService;
  readonly region: string;
  readonly log: Log;
}

const idForm = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const longestId = 'i-0123456789abcdef0\n'.length;

/**
 * Takes connections that begin with a line, the id of the instance that they are of, written by what carries the packets
 * and never by a guest. HTTP follows. It does not listen yet.
 */
export function createMachineListener(place: MachinePlace, limits: HttpLimits): Server {
  const answers = openAnswers();
  const owners = new WeakMap<object, string>();
  const server = createServer(serverOptions(limits), (message, response) => {
    answers.add(message.socket, response);
    respond(place, server, owners.get(message.socket) ?? '', message, response).catch((error: unknown) => {
      place.log.error({ err: error }, 'the metadata answer could not be sent');
      response.destroy();
    });
  });
  server.timeout = limits.idleMs;
  refuseUnreadable(server, answers.of, place.log);
  // What reads HTTP gets a connection when its first line is read.
  const readers = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    // What went wrong concerns the guest alone.
    socket.on('error', (error) => place.log.debug({ err: error }, 'a machine that asked for metadata hung up'));
    readOwner(socket, limits.headersMs, (id) => {
      if (place.metadata.rests(id)) return void socket.destroy();
      owners.set(socket, id);
      for (const reader of readers) reader.call(server, socket);
    });
  });
  return server;
}

/** Reads the line in front; what follows stays for whoever reads next. */
function readOwner(socket: Socket, ms: number, tell: (id: string) => void): void {
  let head = Buffer.alloc(0);
  socket.setTimeout(ms, () => socket.destroy());
  const read = (): void => {
    for (let piece = socket.read() as Buffer | null; piece !== null; piece = socket.read() as Buffer | null)
      head = Buffer.concat([head, piece]);
    const end = head.indexOf('\n');
    if (end < 0 && head.length < longestId) return;
    socket.off('readable', read);
    const id = head.subarray(0, Math.max(0, end)).toString('latin1');
    if (!idForm.test(id)) return void socket.destroy();
    socket.setTimeout(0);
    if (head.length > end + 1) socket.unshift(head.subarray(end + 1));
    tell(id);
  };
  socket.on('readable', read);
}

/**
 * Whether a request is for a link-local address of the service, and not for a name: a page on the web can have a name that
 * points here (DNS rebinding), and the guest's browser would read the metadata to it. HTTP/1.0 has no host.
 */
const isOurs = (host: string | undefined): boolean =>
  host === undefined || /^(?:169\.254\.169\.254|\[fd00:ec2::254\])(?::80)?$/i.test(host);

/** Connections that end with the answer that is under way. */
const ending = new WeakSet<object>();

async function respond(
  place: MachinePlace,
  server: Server,
  id: string,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { socket } = message;
  // Of what came along with a request too many nothing is answered: that it is read costs enough.
  if (ending.has(socket)) return;
  const often = place.metadata.tooOften(id);
  if (often !== undefined) {
    ending.add(socket);
    socket.pause();
    await send(message, response, answerOf(often), true);
    return;
  }
  const { path, host = message.headers.host } = readTarget(message.url ?? '/');
  const reply = isOurs(host) ? await replyTo(place, id, path, message) : refusal(403);
  await send(message, response, answerOf(reply), !server.listening);
  place.log.debug({ id, method: message.method, path, status: reply.status }, 'metadata request');
}

async function replyTo(
  { metadata, region, log }: MachinePlace,
  id: string,
  path: string,
  message: IncomingMessage,
): Promise<MetadataReply> {
  try {
    const row = await metadata.find(region, id);
    return row === undefined
      ? refusal(404)
      : await metadata.answer(row, { ...requestOf(message, path), counted: true });
  } catch (error) {
    return failure(log, path, error);
  }
}
