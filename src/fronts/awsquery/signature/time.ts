import { outOfTime } from './refusal.ts';

/** How far a client's clock may be from ours, either way: AWS's fifteen minutes. */
export const skewMs = 15 * 60_000;

/** The time read last: the requests of one second carry the same text. */
let last: { readonly text: string; readonly ms: number | undefined } = { text: '', ms: undefined };

/** Milliseconds since 1970 of `20150830T123600Z`; undefined when the text is not of that form or no such time. */
export function parseBasicTime(text: string): number | undefined {
  if (text !== last.text) last = { text, ms: readBasicTime(text) };
  return last.ms;
}

function readBasicTime(text: string): number | undefined {
  const part = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!part) return undefined;
  const [year, month, day, hour, minute, second] = part.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  return basicTime(ms) === text ? ms : undefined;
}

/** `20150830T123600Z`, the form of time in a version 4 signature. */
export function basicTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/**
 * Refuses what was signed more than fifteen minutes before or after now, or `lifetimeMs` after its signing where the
 * client chose a lifetime.
 */
export function checkTime(service: string, signedAtMs: number, nowMs: number, lifetimeMs = skewMs): void {
  if (nowMs - signedAtMs > lifetimeMs) {
    const earliest = basicTime(nowMs - lifetimeMs);
    const allowance = `${basicTime(nowMs)} - ${lifetimeMs / 60_000} min.`;
    throw outOfTime(
      service,
      `Signature expired: ${basicTime(signedAtMs)} is now earlier than ${earliest} (${allowance})`,
    );
  }
  if (signedAtMs - nowMs > skewMs) {
    const latest = `${basicTime(nowMs + skewMs)} (${basicTime(nowMs)} + 15 min.)`;
    throw outOfTime(service, `Signature not yet current: ${basicTime(signedAtMs)} is still later than ${latest}`);
  }
}
