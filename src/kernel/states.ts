import type { ErrorCode } from './codes.ts';

/** For each state, the state that each event leads to. */
export type StateTable<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

/** A resource's state machine: the only place where a race between two requests is decided. */
export interface States<State extends string = string, Event extends string = string> {
  readonly table: StateTable<State, Event>;
  /** States that must end by themselves: an operation is behind each of them. */
  readonly transient: readonly State[];
  /** The code for an event that the present state does not know. */
  readonly refuse: ErrorCode;
  /** The state after `event`, or undefined where the table refuses it. */
  next(state: State, event: Event): State | undefined;
}

type EventOf<Table> = { [S in keyof Table]: keyof Table[S] }[keyof Table];

/** Declares a state machine from `{ state: { event: next } }`. */
export function states<const Table extends Readonly<Record<string, Readonly<Record<string, string>>>>>(
  table: Table,
  rules: { readonly transient: readonly (keyof Table & string)[]; readonly refuse: ErrorCode },
): States<keyof Table & string, EventOf<Table> & string> {
  type State = keyof Table & string;
  for (const [state, events] of Object.entries(table)) {
    for (const [event, next] of Object.entries(events)) {
      if (!(next in table)) throw new Error(`state ${state}: event ${event} leads to ${next}, which is not a state`);
    }
  }
  return {
    table: table as unknown as StateTable<State, EventOf<Table> & string>,
    transient: rules.transient,
    refuse: rules.refuse,
    next: (state, event) => table[state]?.[event] as State | undefined,
  };
}
