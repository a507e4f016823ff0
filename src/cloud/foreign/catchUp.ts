import type { Feed, Foreign } from '../../ports/foreign.ts';
import type { Scope } from '../../ports/store.ts';
import type { Action } from '../action/action.ts';
import type { World } from '../context/world.ts';
import type { Adoption, FeedName } from './adopter.ts';
import { adopters } from './adopters.ts';
import { Follower } from './follower.ts';
import { askedEachTime, feedsOf } from './needs.ts';

interface Thing {
  readonly id: string;
}

/** The followers of a world, by account, region and feed. */
const followers = new WeakMap<World, Map<string, Follower<Thing>>>();

/**
 * Brings the rows that an action shows, or goes by, up to what others did in the cloud: what was done before this call is
 * seen; of the further kinds of things that an action shows, what was done some seconds ago. Undefined, at once, where nobody
 * else writes in the cloud or the action needs nothing of it. Never rejects: a cloud that does not answer within 5 s (2 s when
 * it did not the last time) leaves the rows as they are, and is asked again after some seconds.
 * @param input of the action; it is asked for only where it decides what is needed
 */
export function catchUp(
  world: World,
  scope: Scope,
  action: Pick<Action, 'name'>,
  input: () => object = () => ({}),
): Promise<unknown> | undefined {
  const foreign = world.regions.get(scope.region)?.driver.foreign;
  if (foreign === undefined) return undefined;
  const needed = feedsOf(action.name, input).flatMap((name) => followerOf(world, scope, foreign, name) ?? []);
  if (needed.length === 0) return undefined;
  const first = askedEachTime(action.name);
  return Promise.all(needed.map((follower, at) => (at < first ? follower.catchUp() : follower.lately())));
}

function followerOf(world: World, scope: Scope, foreign: Foreign, name: FeedName): Follower<Thing> | undefined {
  const feed = foreign[name] as Feed<Thing> | undefined;
  const adoption = adopters[name] as Adoption<Thing> | undefined;
  if (feed === undefined || adoption === undefined) return undefined;
  const known = followers.get(world) ?? new Map<string, Follower<Thing>>();
  followers.set(world, known);
  const { account, region } = scope;
  const key = `${account}/${region}/${name}`;
  const follower = known.get(key) ?? new Follower<Thing>({ world, scope: { account, region }, name, feed, adoption });
  known.set(key, follower);
  return follower;
}
