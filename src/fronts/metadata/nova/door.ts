import type { IncomingHttpHeaders } from 'node:http';
import type { Log } from '../../../ports/log.ts';
import { type MetadataReply, refusal, segmentsOf } from '../reply.ts';
import type { MetadataService } from '../service.ts';
import { hasSecondHop, readAgent } from './agent.ts';
import { withLent } from './lent.ts';
import type { NovaMetadata } from './passOn.ts';
import type { Whose } from './whose.ts';

/** A request as Neutron's metadata agent sends it. */
export interface AgentRequest {
  readonly method: string;
  /** Raw, without the query. */
  readonly path: string;
  /** Raw, without its `?`. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface NovaPlace {
  readonly metadata: MetadataService;
  readonly whose: Whose;
  /** What Neutron's agent signs with. */
  readonly secret: string;
  /** Nova's own API, for `/openstack` and for servers that are none of ours; without it they are 404. */
  readonly nova: NovaMetadata | undefined;
  readonly log: Log;
}

/** Stands where Neutron's metadata agent expects Nova: EC2's tree is ours, the rest is Nova's. */
export async function answerAgent(place: NovaPlace, request: AgentRequest): Promise<MetadataReply> {
  const { metadata, nova, secret, log } = place;
  const { method, path, query, headers, body } = request;
  const asked = readAgent(headers, secret);
  if (typeof asked === 'number') {
    if (asked === 403) log.warn({ path }, 'a metadata request is not signed with the shared secret');
    return refusal(asked);
  }
  const row = await place.whose(asked);
  if (row === 'other') {
    log.warn(asked, 'metadata asked for an instance of another project');
    return refusal(404);
  }
  const theirs = row === undefined || segmentsOf(path)?.[0] === 'openstack';
  if (theirs) {
    if (row?.metadata.endpoint === 'disabled') return refusal(403);
    const target = query === '' ? path : `${path}?${query}`;
    return nova === undefined ? refusal(404) : nova.pass({ method, target, headers, body });
  }
  const token = headerOf(headers, 'x-aws-ec2-metadata-token');
  const seconds = headerOf(headers, 'x-aws-ec2-metadata-token-ttl-seconds');
  const whole = nova === undefined ? row : await withLent(row, path, nova, headers);
  const reply = await metadata.answer(whole, { method, path, token, seconds, forwarded: hasSecondHop(headers) });
  return token === undefined && seconds === undefined ? asCarried(reply) : reply;
}

/** Several of a name come joined. */
const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined =>
  headers[name] === undefined ? undefined : String(headers[name]);

/**
 * Neutron's agent carries no header of the guest, so tokens cannot pass it, and it makes 500 of all refusals but 400, 403,
 * 404 and 409. What it would make a fault of the server is given as the nearest that it carries; a client that asks for
 * a token gets 404, as from Nova, and goes on without one where none is needed.
 */
function asCarried(reply: MetadataReply): MetadataReply {
  if (reply.status === 400 || reply.status === 405) return refusal(404);
  return reply.status === 401 ? refusal(403) : reply;
}
