import { StoreError } from '../../ports/store.ts';

/** SQLSTATE of an error, if the server sent one. https://www.postgresql.org/docs/current/errcodes-appendix.html */
function stateOf(error: Error): string | undefined {
  const code = 'code' in error ? String(error.code) : undefined;
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The transaction was undone by the server because of others (serialization failure, deadlock): it may be run again. */
export function isUndone(error: unknown): boolean {
  const state = error instanceof Error ? stateOf(error) : undefined;
  return state === '40001' || state === '40P01';
}

/** Classes of states that mean the server does not serve us: connection, operator intervention, log-in. */
const UNREACHABLE = ['08', '57', '28', '3D'];

/** Disk full, out of memory. */
const FULL = ['53100', '53200'];

/** Too many connections; a server that only reads, as a standby does; a statement of which it is not known how it ended. */
const NOT_SERVING = ['53000', '53300', '53400', '25006', '40003'];

/** No state at all means that the server was not reached, or that the connection broke. */
const NETWORK = /^(E[A-Z]+|timeout.*|Connection terminated.*|Client .*|Cannot use a pool.*)$/;

/** The error as a `StoreError` when the database itself is in trouble; unchanged when it is anything else. */
export function troubleOf(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const state = stateOf(error);
  const said = `PostgreSQL: ${error.message}`;
  if (state !== undefined && FULL.includes(state)) return new StoreError('full', said, { cause: error });
  if (state !== undefined && (NOT_SERVING.includes(state) || UNREACHABLE.includes(state.slice(0, 2)))) {
    return new StoreError('unreachable', said, { cause: error });
  }
  // The server's own system calls fail.
  if (state?.startsWith('58')) return new StoreError('unreadable', said, { cause: error });
  if (state?.startsWith('XX')) return new StoreError('corrupt', said, { cause: error });
  const code = 'code' in error ? String(error.code) : '';
  if (state === undefined && (NETWORK.test(code) || NETWORK.test(error.message))) {
    return new StoreError('unreachable', said, { cause: error });
  }
  return error;
}
