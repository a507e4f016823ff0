import { createHmac } from 'node:crypto';
import { reading } from '../../cloud/context/reading.ts';
import { rowOf } from '../../cloud/context/rows.ts';
import type { World } from '../../cloud/context/world.ts';
import { instance } from '../../cloud/instance/instance.ts';
import type { InstanceRow } from '../../cloud/instance/row.ts';
import type { Clock } from '../../ports/clock.ts';
import { createSigner, type Signer } from './identity/signer.ts';
import { keepPassword } from './password.ts';
import { createGauge, type Rate, usualRate } from './rate.ts';
import { type MetadataReply, refusal, segmentsOf } from './reply.ts';
import { createTokens } from './token.ts';
import { lookUp } from './tree/node.ts';
import { isPassword } from './tree/openStack.ts';
import { rootOf } from './tree/root.ts';

/** A guest's request, from a door that knows which instance it is of. */
export interface MetadataRequest {
  readonly method: string;
  /** Raw, without the query. */
  readonly path: string;
  /** `X-aws-ec2-metadata-token` and `X-aws-ec2-metadata-token-ttl-seconds`. */
  readonly token: string | undefined;
  readonly seconds: string | undefined;
  /** Somebody passed it on who is not part of the way that every guest's requests take. */
  readonly forwarded: boolean;
  /** Reads what came with it; absent: the door takes no bodies. */
  readonly body?: () => Promise<Uint8Array>;
  /** `tooOften` was asked already. */
  readonly counted?: true;
}

/** The instance metadata service, whoever's door the request came through. */
export interface MetadataService {
  readonly signer: Signer;
  /** The instance as it is now, whosever it is; undefined when there is none, or no more. */
  find(region: string, id: string): Promise<InstanceRow | undefined>;
  answer(row: InstanceRow, request: MetadataRequest): Promise<MetadataReply>;
  /**
   * The refusal of one who asks too often; undefined: it may ask, and this counted. For doors that know who asks before
   * anything is looked up, so that a flood costs next to nothing; `answer` does not count again for a request that did.
   */
  tooOften(id: string): MetadataReply | undefined;
  /** Whether it asked too often within the last second: what it sends need not even be read. */
  rests(id: string): boolean;
}

export interface MetadataParts {
  readonly world: World;
  /** The time of the clients, which tokens are held against, whatever the world's own clock says. */
  readonly clock: Clock;
  readonly rate?: Rate;
}

export function createMetadata({ world, clock, rate = usualRate }: MetadataParts): MetadataService {
  const { store, secrets, random } = world;
  const signer = createSigner({ store, secrets, random, clock });
  const tokens = createTokens(createHmac('sha256', world.tokenKey).update('metadata tokens').digest(), random);
  const gauge = createGauge(rate);

  async function read(row: InstanceRow, { token, method, path, body }: MetadataRequest): Promise<MetadataReply> {
    const way = segmentsOf(path);
    const leaves = method === 'POST' && body !== undefined && way !== undefined && isPassword(way);
    if (method !== 'GET' && method !== 'HEAD' && !leaves) return refusal(405, 'Allow', 'GET, HEAD');
    // A token that does not hold is refused also where none is needed.
    const trusted = token === undefined ? row.metadata.tokens === 'optional' : tokens.holds(token, row.id, clock.now());
    if (!trusted) return refusal(401);
    if (way === undefined) return refusal(400);
    if (leaves) return keepPassword(world, row, await body());
    const found = await lookUp(rootOf(reading(world, row, store.read), row, signer), way);
    return found === undefined
      ? refusal(404)
      : { status: 200, headers: ['Content-Type', found.type], body: found.body };
  }

  function issue(row: InstanceRow, { method, seconds, forwarded }: MetadataRequest): MetadataReply {
    if (method !== 'PUT') return refusal(405, 'Allow', 'PUT');
    if (forwarded) return refusal(403);
    if (!/^[0-9]{1,5}$/.test(seconds ?? '')) return refusal(400);
    const asked = Number(seconds);
    if (asked < 1 || asked > 21_600) return refusal(400);
    const headers = ['Content-Type', 'text/plain', 'X-Aws-Ec2-Metadata-Token-Ttl-Seconds', String(asked)];
    return { status: 200, headers, body: tokens.issue(row.id, asked, clock.now()) };
  }

  const tooOften = (id: string): MetadataReply | undefined =>
    gauge.mayAsk(id, clock.now()) ? undefined : refusal(503, 'Retry-After', '1');

  return {
    signer,
    tooOften,
    rests: (id) => gauge.rests(id, clock.now()),
    find: async (region, id) => {
      const [item] = await store.read.items({ kind: instance.kind, region, ids: [id] });
      const row = item && rowOf<InstanceRow>(item);
      return row?.state === 'terminated' ? undefined : row;
    },
    answer: async (row, request) => {
      const often = request.counted ? undefined : tooOften(row.id);
      if (often !== undefined) return often;
      if (row.metadata.endpoint === 'disabled') return refusal(403);
      return isTokenPath(request.path) ? issue(row, request) : read(row, request);
    },
  };
}

const isTokenPath = (path: string): boolean => /^\/+latest\/+api\/+token\/*$/.test(path);
