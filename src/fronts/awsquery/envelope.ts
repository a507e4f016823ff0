import { escapeXml } from './escape.ts';
import type { Protocol } from './node.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** How a service speaks: its protocol, and the XML namespace of its answers. */
export interface Dialect {
  readonly protocol: Protocol;
  readonly namespace: string;
}

/** EC2's dialect for the version that a request asks for (checked by `needVersion`); the namespace echoes it. */
export function ec2Dialect(version: string): Dialect {
  let dialect = ec2Dialects.get(version);
  if (dialect === undefined) {
    dialect = { protocol: 'ec2', namespace: `http://ec2.amazonaws.com/doc/${version}/` };
    ec2Dialects.set(version, dialect);
  }
  return dialect;
}

/** One of each version, so that what is made for a dialect can be kept with it. */
const ec2Dialects = new Map<string, Dialect>();

/** The dialect of an awsQuery service: `queryDialect('sts', '2011-06-15')`. */
export function queryDialect(service: string, version: string): Dialect {
  return { protocol: 'awsquery', namespace: `https://${service}.amazonaws.com/doc/${version}/` };
}

/** What stands around an operation's output. Only one of the two halves depends on the request id, which is a UUID of ours. */
export interface Frame {
  readonly before: (requestId: string) => string;
  readonly after: (requestId: string) => string;
}

/**
 * The text around the output of an action. EC2 puts the request id first, so that `after` is constant; the awsQuery
 * services put it last, so that `before` is. `empty`: the awsQuery operation has no output and hence no result element.
 */
export function frame(dialect: Dialect, action: string, empty = false): Frame {
  const ofDialect = frames.get(dialect) ?? new Map<string, Frame>();
  frames.set(dialect, ofDialect);
  const key = empty ? `${action}/` : action;
  const made = ofDialect.get(key) ?? makeFrame(dialect, action, empty);
  ofDialect.set(key, made);
  return made;
}

/** Actions are those of the model, so this stays small. */
const frames = new WeakMap<Dialect, Map<string, Frame>>();

function makeFrame(dialect: Dialect, action: string, empty: boolean): Frame {
  const open = `${declaration}<${action}Response xmlns="${escapeXml(dialect.namespace)}">`;
  const close = `</${action}Response>`;
  if (dialect.protocol === 'ec2') {
    const before = `${open}<requestId>`;
    return { before: (id) => `${before}${id}</requestId>`, after: () => close };
  }
  const before = empty ? open : `${open}<${action}Result>`;
  const result = empty ? '' : `</${action}Result>`;
  const metadata = `${result}<ResponseMetadata><RequestId>`;
  const end = `</RequestId></ResponseMetadata>${close}`;
  return { before: () => before, after: (id) => `${metadata}${id}${end}` };
}

/** The whole answer to an action. `inner` is what its compiled writer gave. */
export function envelope(dialect: Dialect, action: string, requestId: string, inner: string): string {
  const around = frame(dialect, action, inner === '');
  return around.before(requestId) + inner + around.after(requestId);
}

/** The whole answer to a request that failed. `status` (500 and above: the service's own fault) matters to awsQuery only. */
export function errorXml(dialect: Dialect, code: string, message: string, requestId: string, status = 400): string {
  const error = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`;
  const id = escapeXml(requestId);
  if (dialect.protocol === 'ec2') {
    return `${declaration}<Response><Errors><Error>${error}</Errors><RequestID>${id}</RequestID></Response>`;
  }
  const type = `<Type>${status >= 500 ? 'Receiver' : 'Sender'}</Type>`;
  const open = `${declaration}<ErrorResponse xmlns="${escapeXml(dialect.namespace)}">`;
  return `${open}<Error>${type}${error}<RequestId>${id}</RequestId></ErrorResponse>`;
}
