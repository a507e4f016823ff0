import { createHash } from 'node:crypto';
import type { Changes } from '../../ports/foreign.ts';

interface Thing {
  readonly id: string;
}

const gone = 'gone';

/** What a feed has told in this process: what is told again, while the rows are the same, is no news. */
export class ToldBefore<T extends Thing> {
  #digests = new Map<string, string>();
  /** The revision of the rows at which all of it was in them; undefined: nobody knows. */
  #revision: number | undefined;

  /** Whether there is something in it that the rows may not say. */
  isNews({ whole, things, gone: ended }: Changes<T>, revision: number): boolean {
    if (!whole && things.length === 0 && ended.length === 0) return false;
    if (this.#revision !== revision) return true;
    if (things.some((thing) => this.#digests.get(thing.id) !== digestOf(thing))) return true;
    if (ended.some((id) => this.#digests.get(id) !== gone)) return true;
    return whole && [...this.#digests].filter(([, digest]) => digest !== gone).length !== things.length;
  }

  /** @param revision of the rows that say all of it, where that is known */
  keep({ whole, things, gone: ended, unsure = [] }: Changes<T>, revision: number | undefined): void {
    if (whole) this.#digests = new Map();
    for (const thing of things) this.#digests.set(thing.id, digestOf(thing));
    for (const id of ended) this.#digests.set(id, gone);
    // What the cloud was unsure of may be gone when it is sure again.
    this.#revision = unsure.length > 0 ? undefined : revision;
  }

  /** The rows do not say all of it. */
  forget(): void {
    this.#revision = undefined;
  }
}

const digestOf = (thing: Thing): string => createHash('sha1').update(JSON.stringify(thing)).digest('base64');
