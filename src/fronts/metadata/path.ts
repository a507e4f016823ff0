import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Log } from '../../ports/log.ts';
import { nobodysName } from '../http/browser.ts';
import type { Answer } from '../http/send.ts';
import type { Target } from '../http/target.ts';
import { requestOf } from './asked.ts';
import { failure } from './failure.ts';
import { answerOf, type MetadataReply, refusal } from './reply.ts';
import type { MetadataService } from './service.ts';

/** Where the metadata of instances is on the port of the APIs: `INSTANCE-ID.SECRET/…` behind it. */
export const metadataPath = '/_elsewhere/metadata/';

/** For tools that are told where instance metadata is (AWS_EC2_METADATA_SERVICE_ENDPOINT), of any driver's instances. */
export interface PathDoor {
  readonly metadata: MetadataService;
  /** Names of the regions that instances may be in. */
  readonly regions: () => Iterable<string>;
  /** The server's, from which the secrets of paths are derived. */
  readonly key: Uint8Array;
  /** `open` mode: the name that the server listens at. This computer then needs no secret. */
  readonly openAt: string | undefined;
  readonly log: Log;
}

/** What makes a path one that its owner was given: whoever has it may read what the instance may. */
export const pathSecret = (key: Uint8Array, instance: string): string =>
  createHmac('sha256', key).update(`metadata path of ${instance}`).digest('base64url').slice(0, 32);

const pathForm = /^(i-(?:[0-9a-f]{8}|[0-9a-f]{17}))(?:\.([\w-]{32}))?(\/.*)?$/;

/** Answers what is asked for below {@link metadataPath}. Never throws. */
export async function answerPath(door: PathDoor, message: IncomingMessage, target: Target): Promise<Answer> {
  try {
    return answerOf(await reply(door, message, target));
  } catch (error) {
    // The path itself may hold a secret.
    return answerOf(failure(door.log, metadataPath, error));
  }
}

async function reply(door: PathDoor, message: IncomingMessage, { path, host }: Target): Promise<MetadataReply> {
  const { headers, method = '' } = message;
  // No tool that reads metadata says where it was linked from; browsers do.
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return refusal(403);
  const rest = path.slice(metadataPath.length);
  if (rest === 'certificate') return certificate(door, method);
  const [, id, secret, way = '/'] = pathForm.exec(rest) ?? [];
  if (id === undefined) return refusal(404);
  if (!mayRead(door, message, host ?? headers.host, id, secret)) return refusal(403);
  const row = await find(door, id);
  if (row === undefined) return refusal(404);
  return door.metadata.answer(row, requestOf(message, way));
}

/** What signatures of identity documents verify with: for everyone. */
async function certificate({ metadata }: PathDoor, method: string): Promise<MetadataReply> {
  if (method !== 'GET' && method !== 'HEAD') return refusal(405, 'Allow', 'GET, HEAD');
  const headers = ['Content-Type', 'application/x-pem-file'];
  return { status: 200, headers, body: await metadata.signer.certificate() };
}

function mayRead(
  { key, openAt }: PathDoor,
  { socket }: IncomingMessage,
  host: string | undefined,
  id: string,
  secret: string | undefined,
): boolean {
  if (secret !== undefined) return timingSafeEqual(Buffer.from(secret), Buffer.from(pathSecret(key, id)));
  // A name that a stranger made point here comes with his page (DNS rebinding).
  return openAt !== undefined && isLoopback(socket.remoteAddress) && (host === undefined || nobodysName(host, openAt));
}

const isLoopback = (address = ''): boolean => /^(?:::1|(?:::ffff:)?127\.[\d.]+)$/.test(address);

async function find({ metadata, regions }: PathDoor, id: string) {
  for (const region of regions()) {
    const row = await metadata.find(region, id);
    if (row !== undefined) return row;
  }
  return undefined;
}
