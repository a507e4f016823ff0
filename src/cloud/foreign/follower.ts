import { Refusal } from '../../kernel/errors.ts';
import type { Call } from '../../ports/driver.ts';
import { DriverError } from '../../ports/driver.ts';
import type { Changes, Feed } from '../../ports/foreign.ts';
import { type Scope, StoreError } from '../../ports/store.ts';
import { ensureHome } from '../account/home.ts';
import type { World } from '../context/world.ts';
import { write } from '../context/writing.ts';
import { seedCatalogue } from '../image/seed.ts';
import type { Adoption, FeedName } from './adopter.ts';
import { readMark, writeMark } from './mark.ts';
import { type Before, before, unsettledSince } from './standingBefore.ts';
import { ToldBefore } from './told.ts';

/** How long a request waits for the cloud, in milliseconds: one that answered the last time may be busy, else it may be gone. */
const patienceMs = { busy: 5_000, gone: 2_000 } as const;
/** How long a cloud that failed to answer, or was too slow, is left alone. */
const pauseMs = 5_000;
/**
 * How old the last reading of everything may be, where a feed tells only what changed: not all changes have a date in the
 * cloud. Before it is as old, everything is read again behind an answer, so that those who ask often never wait for it.
 */
const wholeForMs = { most: 60_000, behind: 40_000 } as const;
/** How old a look may be for who shows several kinds of things; before, the next one begins behind an answer. */
const latelyMs = { most: 15_000, behind: 10_000 } as const;
/** A mark that is older is not gone by: the cloud may have forgotten by now what was deleted since. */
const markHoldsMs = 60 * 60_000;
/** How often a mark is written that moves while nothing changes. */
const saveEveryMs = 10 * 60_000;

export interface Following<T> {
  readonly world: World;
  readonly scope: Scope;
  readonly name: FeedName;
  readonly feed: Feed<T>;
  readonly adoption: Adoption<T>;
}

/**
 * Follows one feed of an account and region. Looks are shared: whoever comes while one is under way waits for the next,
 * which begins after they came. No look ever fails its caller: what went wrong is logged, and the rows stay as they are.
 */
export class Follower<T extends { readonly id: string }> {
  readonly #of: Following<T>;
  readonly #told = new ToldBefore<T>();
  #mark: string | undefined;
  /** Epoch milliseconds: when the mark was written, and when all was read. */
  #savedAt = 0;
  #wholeAt = 0;
  /** Epoch milliseconds: when the last look that came to its end began. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #ready: Promise<void> | undefined;
  #before: Before | undefined;
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #whole: Promise<void> | undefined;
  #restUntil = Number.NEGATIVE_INFINITY;
  /** The last time, and in time. */
  #answered = true;

  constructor(of: Following<T>) {
    this.#of = of;
  }

  /** Resolves when the rows say what the cloud said after this call, or when there is no more time to wait for that. */
  catchUp(): Promise<void> {
    const { clock } = this.#of.world;
    if (clock.now() < this.#restUntil) return Promise.resolve();
    if (this.#current === undefined) return this.#patiently(this.#begin());
    this.#next ??= this.#current.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#patiently(this.#next);
  }

  /** Resolves when the rows say what the cloud said some seconds ago, or later: as a rule at once, while others look. */
  lately(): Promise<void> {
    const age = this.#of.world.clock.now() - this.#lookedAt;
    if (age >= latelyMs.most) return this.catchUp();
    if (age >= latelyMs.behind && this.#current === undefined) void this.catchUp();
    return Promise.resolve();
  }

  #begin(): Promise<void> {
    const current = this.#look(false).finally(() => {
      this.#current = undefined;
    });
    this.#current = current;
    return current;
  }

  /** Waits for a look, but not for ever. It goes on when nobody waits any more. */
  async #patiently(look: Promise<void>): Promise<void> {
    const { clock } = this.#of.world;
    let tooLate = (): void => undefined;
    const late = new Promise<boolean>((resolve) => {
      tooLate = () => resolve(true);
    });
    const patience = this.#answered ? patienceMs.busy : patienceMs.gone;
    const timer = clock.at(clock.now() + patience, tooLate);
    const isLate = await Promise.race([look.then(() => false), late]);
    timer.cancel();
    if (isLate) this.#rest(new DriverError('unavailable', `the cloud did not answer within ${patience} ms`));
  }

  async #look(whole: boolean): Promise<void> {
    try {
      this.#ready ??= this.#begun();
      await this.#ready;
      await this.#follow(whole || this.#isOld(wholeForMs.most));
      this.#restUntil = Number.NEGATIVE_INFINITY;
      this.#answered = true;
      if (this.#isOld(wholeForMs.behind)) this.#readAll();
    } catch (error) {
      this.#rest(error);
    }
  }

  /** Whether everything was read so long ago, in milliseconds, and only changes were told since. */
  #isOld(ms: number): boolean {
    return this.#mark !== undefined && this.#wholeAt + ms <= this.#of.world.clock.now();
  }

  /** Reads everything while nobody waits for it. */
  #readAll(): void {
    this.#whole ??= this.#look(true).finally(() => {
      this.#whole = undefined;
    });
  }

  /** Adopted things are in networks, and made of images: those come first. */
  async #begun(): Promise<void> {
    const { world, scope, name } = this.#of;
    try {
      await seedCatalogue(world, scope.region);
      await ensureHome(world, scope);
      const found = await readMark(world.store.read, scope, name);
      if (found === undefined || found.at + markHoldsMs < world.clock.now()) return;
      this.#mark = found.mark;
      this.#savedAt = found.at;
      this.#wholeAt = found.at;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
  }

  async #follow(whole: boolean): Promise<void> {
    const { world, scope, feed, adoption } = this.#of;
    const asked = world.clock.now();
    const rows = await before(world.store.read, scope, adoption.kinds, this.#before);
    this.#before = rows;
    const changes = await feed.changes(whole ? undefined : this.#mark, callOf(scope));
    if (changes.whole) this.#wholeAt = asked;
    if (this.#told.isNews(changes, rows.revision) && !(await this.#adopt(changes, rows))) return;
    this.#lookedAt = asked;
    // What was read whole in between must not take the mark back.
    if (!whole || this.#mark === undefined) this.#mark = changes.mark;
    await this.#save();
  }

  /** False: something was left out, so the mark must not move. */
  async #adopt(changes: Changes<T>, rows: Before): Promise<boolean> {
    const { world, scope, name, adoption } = this.#of;
    const leftOut = { any: false };
    this.#told.forget();
    await write(world, scope, async (tx) => {
      await adoption.adopt(tx, changes, unsettledSince(tx, adoption.kinds[0], rows, leftOut));
      if (changes.mark !== undefined && !leftOut.any) await writeMark(tx, name, changes.mark);
    });
    if (leftOut.any) return false;
    this.#savedAt = world.clock.now();
    const revision = await world.store.read.revision(scope, adoption.kinds);
    this.#told.keep(changes, revision === rows.revision ? revision : undefined);
    return true;
  }

  async #save(): Promise<void> {
    const { world, scope, name } = this.#of;
    const mark = this.#mark;
    const now = world.clock.now();
    if (mark === undefined || this.#savedAt + saveEveryMs > now) return;
    this.#savedAt = now;
    await write(world, scope, (tx) => writeMark(tx, name, mark));
  }

  /** The cloud is left alone for a while. */
  #rest(error: unknown): void {
    const { world, scope, name } = this.#of;
    const { account, region } = scope;
    const now = world.clock.now();
    const resting = now < this.#restUntil;
    this.#answered = false;
    this.#restUntil = now + pauseMs;
    if (resting) return;
    const about = { account, region, feed: name, err: error };
    const expected = error instanceof DriverError || error instanceof Refusal || error instanceof StoreError;
    if (expected)
      world.log.warn(about, 'what others did in the cloud is not known at the moment; answering from the rows');
    else world.log.error(about, 'what others did in the cloud could not be taken over');
  }
}

const { signal } = new AbortController();

const callOf = ({ account, region }: Scope): Call => ({ account, region, operation: 'catch-up', signal });
