import type { ServiceType } from '../../../src/drivers/openstack/settings.ts';
import type { Exchange, Missing } from '../support/faultProxy.ts';
import type { Facts, Told } from './scenario.ts';

/**
 * A request, and what was answered to it: one answer after the other, each as long as it stayed the same. `after` counts the
 * requests before it that changed something, and the steps: what is looked at changes with them, however often it is looked at.
 */
export interface Recorded {
  readonly service: ServiceType;
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
  readonly answers: Answer[];
}

export interface Answer {
  readonly after: number;
  /** 0: the request did not come to its service. */
  readonly status: number;
  readonly body?: unknown;
  /** A body that is no JSON. */
  readonly text?: string;
  readonly retryAfter?: string;
  /** What of it the client did not get. */
  readonly missing?: Missing;
}

/** A conversation of the driver with a real OpenStack, without secrets. */
export interface Conversation {
  readonly facts: Facts;
  readonly told: Told;
  readonly requests: readonly Recorded[];
}

/** Whether a request may change what is looked at. */
export const changes = (service: ServiceType, method: string): boolean => service !== 'identity' && method !== 'GET';

/** What is the same of a request whenever it is made. */
export const keyOf = (service: string, method: string, url: string, body: unknown): string =>
  JSON.stringify([service, method, url, body ?? null]);

/** The JSON of a body. */
export const parsed = (text: string): unknown => (text === '' ? undefined : JSON.parse(text));

/** Writes down what goes by. Tokens, passwords and what a token opens stay out of it. */
export function recorder(): {
  heard(exchange: Exchange): void;
  /** A step begins, which is to hear what this one heard in it. */
  begin(): void;
  readonly requests: readonly Recorded[];
} {
  const found = new Map<string, Recorded>();
  let after = 0;
  return {
    get requests() {
      return [...found.values()];
    },
    begin() {
      after += 1;
    },
    heard({ service, method, url, body, status, headers, answer, missing }) {
      const asked = scrubbed(service, parsed(body));
      const key = keyOf(service, method, url, asked);
      const known = found.get(key) ?? {
        service,
        method,
        url,
        ...(asked !== undefined && { body: asked }),
        answers: [],
      };
      found.set(key, known);
      const { 'retry-after': retryAfter, 'content-type': type = '' } = headers;
      const next: Answer = {
        ...{ after, status, ...(/json/.test(type) ? said(service, answer) : answer !== '' && { text: answer }) },
        ...(retryAfter !== undefined && { retryAfter }),
        ...(missing && { missing }),
      };
      if (JSON.stringify(known.answers.at(-1)) !== JSON.stringify(next)) known.answers.push(next);
      if (changes(service, method)) after += 1;
    },
  };
}

function said(service: ServiceType, answer: string): Pick<Answer, 'body'> {
  const body = scrubbed(service, parsed(answer));
  return body === undefined ? {} : { body };
}

/** What a service made more than once of the same request, whether it could say so or not. */
export const madeTwice = (requests: readonly Recorded[]): readonly string[] =>
  requests
    .filter(({ method, url }) => method === 'POST' && /\/(ports|servers|volumes|snapshots)$/.test(url))
    .filter(({ answers }) => answers.filter(({ status }) => status >= 200 && status < 300).length > 1)
    .map(({ service, url }) => `${service} ${url}`);

interface TokenBody {
  readonly token: { readonly catalog?: unknown; readonly [name: string]: unknown };
}

/** Keystone's: who asks without the password; a token for ever without its catalogue. */
export function scrubbed(service: ServiceType, body: unknown): unknown {
  if (service !== 'identity' || typeof body !== 'object' || body === null) return body;
  if ('token' in body) {
    const { catalog: _, audit_ids: __, ...token } = (body as TokenBody).token;
    return { token: { ...token, expires_at: '2999-01-01T00:00:00.000000Z' } };
  }
  return JSON.parse(
    JSON.stringify(body, (name, value) => (name === 'password' && typeof value === 'string' ? '' : value)),
  );
}
