/** What a request line asks for. */
export interface Target {
  readonly path: string;
  /** Raw, without its `?`. */
  readonly query: string;
  /** The host of a target in absolute form (`GET http://host/path`), which counts instead of the Host header. */
  readonly host: string | undefined;
}

const absolute = /^https?:\/\/([^/?#]*)/i;

/** Reads the target in origin form or absolute form (RFC 9112, section 3.2: servers must take both). */
export function readTarget(target: string): Target {
  const host = absolute.exec(target);
  const rest = host === null ? target : target.slice(host[0].length);
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  return { path: path === '' ? '/' : path, query: mark < 0 ? '' : rest.slice(mark + 1), host: host?.[1] };
}
