import { type About, DriverError, type Trouble } from '../../ports/driver.ts';

/** What an answer of OpenStack, or the lack of one, told us. */
export interface TroubleFacts {
  /** Type of the service that was asked. */
  readonly service?: string;
  /** HTTP status; absent when there was no whole answer. */
  readonly status?: number;
  /** The service's own name for it: `conflictingRequest`, `OverQuota`, … */
  readonly kind?: string;
  /** The service's id of the request, for its logs. */
  readonly requestId?: string;
  /** How long the service asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Whether the service may have begun the work. False only when it surely has not seen the request. */
  readonly reached: boolean;
  /** Whether a quota stands in the way, not the cloud's size. */
  readonly quota?: boolean;
}

/** A DriverError with what is known of the answer behind it. */
export class OpenStackError extends DriverError {
  readonly facts: TroubleFacts;
  constructor(trouble: Trouble, message: string, facts: TroubleFacts, options?: { cause?: unknown }) {
    super(trouble, message, { ...options, about: facts.quota ? quotaOf(facts) : undefined });
    this.name = 'OpenStackError';
    this.facts = facts;
  }
}

const quotaOf = ({ service }: TroubleFacts): About => (service === 'block-storage' ? 'volume-quota' : 'quota');

/** An answer that is not a success. */
export interface BadAnswer {
  readonly service: string;
  readonly status: number;
  readonly text: string;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The error that an unsuccessful answer means. Its message keeps the service's own words and request id. */
export function troubleOfAnswer({ service, status, text, requestId, retryAfterMs }: BadAnswer): OpenStackError {
  const said = readError(text);
  const quota = aboutQuota(status, said);
  const words = `${said.kind === undefined ? '' : `${said.kind}: `}${said.message}`;
  const note = quota && !/quota/i.test(words) ? 'quota exceeded: ' : '';
  const id = requestId === undefined ? '' : ` (${requestId})`;
  return new OpenStackError(kindOf(status, said, quota), `${service} answered ${status}: ${note}${words}${id}`, {
    service,
    status,
    ...(said.kind !== undefined && { kind: said.kind }),
    ...(requestId !== undefined && { requestId }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    reached: true,
    quota,
  });
}

/** What a server's `fault`, or another text about a failure after the answer, means. */
export function troubleOfFault(message: string): Trouble {
  if (aboutOfFault(message) !== undefined || isFull(message)) return 'no-capacity';
  return 'invalid';
}

/** Whether such a text is about a quota. Nova tells users of Cinder's by the names of Cinder's exceptions. */
export function aboutOfFault(message: string): About | undefined {
  if (/VolumeLimitExceeded|VolumeSizeExceeds|gigabytes quota/i.test(message)) return 'volume-quota';
  return /quota|over-?limit/i.test(message) ? 'quota' : undefined;
}

/** The service is there but its answer cannot be used: half of it, not JSON, or without a member that must be there. */
export const halfAnswer = (service: string, what: string, requestId?: string, cause?: unknown): OpenStackError =>
  new OpenStackError(
    'unavailable',
    `${service} gave half an answer: ${what}${requestId === undefined ? '' : ` (${requestId})`}`,
    { service, reached: true, ...(requestId !== undefined && { requestId }) },
    { cause },
  );

interface Said {
  readonly kind?: string;
  readonly message: string;
}

function kindOf(status: number, said: Said, quota: boolean): Trouble {
  if (quota || isFull(said.message) || fullKinds.has(said.kind ?? '')) return 'no-capacity';
  const known = byStatus[status];
  if (known !== undefined) return known;
  return status >= 500 ? 'unavailable' : 'invalid';
}

const byStatus: Readonly<Record<number, Trouble>> = {
  401: 'denied',
  403: 'denied',
  // The microversion is not offered; Nova and Cinder name the range that is.
  406: 'unsupported',
  408: 'unavailable',
  409: 'conflict',
  413: 'throttled',
  425: 'unavailable',
  429: 'throttled',
  501: 'unsupported',
};

/** Neutron's names for a pool of addresses that has nothing left (neutron_lib.exceptions). */
const fullKinds: ReadonlySet<string> = new Set(['IpAddressGenerationFailure', 'ExternalIpAddressExhausted']);

/** The scheduler's words (nova.exception.NoValidHost) and Neutron's for an empty pool. */
const isFull = (message: string): boolean => /no valid host|no more ip addresses available/i.test(message);

/**
 * Nova says 403 "Quota exceeded", Cinder 413 `overLimit`, Neutron 409 `OverQuota`, Glance 413.
 * A 413 without such words is rate limiting.
 */
function aboutQuota(status: number, { kind, message }: Said): boolean {
  if (status !== 403 && status !== 409 && status !== 413) return false;
  if (kind === 'OverQuota') return true;
  return /\bquota\b|LimitExceeded|maximum number of|over-limit/i.test(message);
}

/** Reads the error forms of all services: `{kind: {message}}`, `{NeutronError: …}`, `{error: …}`, `{errors: […]}`, HTML, text. */
export function readError(text: string): Said {
  const parsed = tryParse(text);
  if (typeof parsed !== 'object' || parsed === null) return { message: oneLine(withoutTags(text)) };
  const top = parsed as Readonly<Record<string, unknown>>;
  if (Array.isArray(top.errors)) {
    const first = (top.errors[0] ?? {}) as { readonly title?: unknown; readonly detail?: unknown };
    return { message: oneLine([first.title, first.detail].filter((part) => typeof part === 'string').join(': ')) };
  }
  if (typeof top.message === 'string') return { message: oneLine(withoutTags(top.message)) };
  const [name, inner] = Object.entries(top)[0] ?? [];
  if (name === undefined) return { message: 'no words' };
  if (typeof inner !== 'object' || inner === null) return { kind: name, message: oneLine(String(inner)) };
  const { message, type, title } = inner as Readonly<Record<string, unknown>>;
  const kind = name === 'NeutronError' ? type : name === 'error' ? title : name;
  return {
    ...(typeof kind === 'string' && { kind }),
    message: oneLine(typeof message === 'string' ? message : JSON.stringify(inner)),
  };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const withoutTags = (text: string): string =>
  text
    .replace(/<head>[\s\S]*?<\/head>/i, ' ')
    .replace(/<h1>[\s\S]*?<\/h1>/i, ' ')
    .replace(/<[^>]*>/g, ' ');

/** Errors end in logs and in StateReason: one line of a bounded length. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 600) || 'no words';
