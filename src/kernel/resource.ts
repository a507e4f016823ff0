import type { ErrorCode } from './codes.ts';
import type { FilterRules } from './filter.ts';
import type { States } from './states.ts';

/** What every stored thing has. Times are epoch milliseconds. */
export interface Row {
  /** EC2 id, such as `vol-0123456789abcdef0`. */
  readonly id: string;
  /** Account that owns it (12 digits). */
  readonly account: string;
  readonly region: string;
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** A row with a state machine. */
export interface StatefulRow extends Row {
  readonly state: string;
}

/** The refusals for an id: unknown, and not even an id. */
export interface IdCodes {
  readonly missing: ErrorCode;
  readonly malformed: ErrorCode;
  /** The noun in EC2's sentence: `The ${noun} ID 'x' does not exist`. */
  readonly noun: string;
  /** EC2's sentence for unknown ids, where it is another one. */
  readonly absent?: (ids: readonly string[]) => string;
}

/** The declaration of a kind of resource. Everything generic (look-ups, filters, tags, pages, docs) follows from it. */
export interface Resource<
  R extends Row = Row,
  Shape = unknown,
  State extends string = string,
  Event extends string = string,
> {
  /** Name of the kind in the store and in the docs. */
  readonly kind: string;
  /** Prefix of its ids, without the dash; also `tagged` resources are recognised by it. */
  readonly prefix: string;
  /** Further prefixes that its ids may have. New ids get `prefix`. */
  readonly otherPrefixes?: readonly string[];
  /** EC2's ResourceType in tag specifications and DescribeTags; absent = cannot be tagged. */
  readonly tagged?: string;
  readonly codes: IdCodes;
  readonly states?: States<State, Event>;
  readonly filters: FilterRules<R>;
  /** Other spellings of filters that EC2 takes, each with the name in `filters` that it stands for. */
  readonly filterAliases?: Readonly<Record<string, string>>;
  /** Look-ups of our own, kept in the same index as indexed filters. A name must not be a filter's. */
  readonly indexes?: Readonly<Record<string, (row: R) => string | readonly string[] | undefined>>;
  /** Who may see it besides its owner: account ids, or `all`. */
  readonly audience?: (row: R) => readonly string[];
  /** Members that nobody but its owner sees, besides its tags. */
  readonly ownersOnly?: readonly (keyof R & string)[];
  /** What EC2 shows of a row. Must depend on the row alone: answers are cached per generation of the row. */
  readonly view: (row: R) => Shape;
}

/** Declares a resource: `resource<VolumeRow>()({ kind: 'volume', … })`. */
export const resource =
  <R extends Row>() =>
  <Shape, State extends string = never, Event extends string = never>(
    declaration: Resource<R, Shape, State, Event>,
  ): Resource<R, Shape, State, Event> => {
    for (const name of Object.keys(declaration.indexes ?? {})) {
      if (name in declaration.filters) throw new Error(`${declaration.kind}: index ${name} is also a filter`);
    }
    for (const [alias, name] of Object.entries(declaration.filterAliases ?? {})) {
      if (alias in declaration.filters || !(name in declaration.filters))
        throw new Error(`${declaration.kind}: ${alias} cannot stand for filter ${name}`);
    }
    return declaration;
  };

/** The row type of a resource declaration. */
export type RowOf<D> = D extends Resource<infer R, infer _Shape, infer _State, infer _Event> ? R : never;
