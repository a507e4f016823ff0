import { checkId, notFound, type Reading, reading } from '../../cloud/context/reading.ts';
import { rowOf } from '../../cloud/context/rows.ts';
import type { World } from '../../cloud/context/world.ts';
import { instance } from '../../cloud/instance/instance.ts';
import type { InstanceRow } from '../../cloud/instance/row.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Scope } from '../../ports/store.ts';
import { WireError } from '../awsquery/errors.ts';
import { identify } from '../awsquery/signature/identify.ts';
import type { SignedRequest } from '../awsquery/signature/request.ts';
import type { Authenticate } from '../query/authenticate.ts';
import { regionMeant } from '../query/region.ts';

/** How a server finds out who asks for a console. */
export interface Asking {
  readonly world: World;
  readonly authenticate: Authenticate;
  /** The region of requests that name none. */
  readonly defaultRegion: string;
  /** The time that signatures are held against. */
  readonly clock: Clock;
  /** `open` mode: the name that the server listens at. Whoever it lets in needs no signature. */
  readonly openAt: string | undefined;
}

/**
 * What whoever asks may see: the things of the account that signed, as for a request of EC2's API; a page's request is signed
 * in its URL. In open mode an unsigned one is for the instance's own account, whichever that is: there, everyone may name any.
 */
export async function whoAsks(asking: Asking, request: SignedRequest, id: string): Promise<Reading> {
  const { world, authenticate, defaultRegion, clock, openAt } = asking;
  const presented = identify(request);
  if (presented === undefined && openAt !== undefined)
    return reading(world, await placeOf(world, id), world.store.read);
  const caller = await authenticate(presented, request, 'ec2', clock.now());
  const region = regionMeant(caller.region, request, world.regions, defaultRegion);
  if (!world.regions.has(region))
    throw new WireError(
      'AuthFailure',
      `The signature is for the region '${region}', which is not one of this server's.`,
      401,
    );
  return reading(world, { account: caller.account, region }, world.store.read);
}

/** Account and region of an instance. */
async function placeOf({ regions, store }: World, id: string): Promise<Scope> {
  checkId(instance, id);
  for (const region of regions.keys()) {
    const [item] = await store.read.items({ kind: instance.kind, region, ids: [id] });
    if (item !== undefined) return rowOf<InstanceRow>(item);
  }
  return notFound(instance, [id]);
}
