/** What the JavaScript programs share: one printed line a check, and the end of the program. */
import { isDeepStrictEqual } from 'node:util';

let failures = 0;

/** What the runner tells of the cloud behind the server. @type {import('../setup/server.js').Facts} */
const facts = JSON.parse(process.env.CLOUD_FACTS ?? '{"cannot":{}}');

/** Whether the cloud can do something. @param {string} ability */
export const can = (ability) => facts.cannot[ability] === undefined;

/** The zone to use: this one, where the cloud has those of AWS. @param {string} name */
export const zoneOr = (name) => facts.zone ?? name;

/** Name of the only image that the cloud has; undefined where it has those of AWS. */
export const onlyImage = facts.image;

/** @param {unknown} error @returns {string} in one line */
const inOneLine = (error) =>
  String(error instanceof Error ? `${error.name}: ${error.message}` : error).replace(/\s+/g, ' ');

/**
 * Runs one check and prints its line. Where the cloud cannot do what it needs, it tells that instead.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} body throws when the check fails
 * @param {readonly string[]} needs abilities
 * @returns {Promise<T>} what the body returned; after a failure `undefined`, so that checks which need it fail too
 */
export async function check(name, body, ...needs) {
  const lacking = needs.find((ability) => !can(ability));
  if (lacking !== undefined) {
    console.log(`not here ${name}: ${facts.cannot[lacking]}`);
    return /** @type {T} */ (undefined);
  }
  try {
    const value = await body();
    console.log(`ok ${name}`);
    return value;
  } catch (error) {
    failures += 1;
    console.log(`not ok ${name}: ${inOneLine(error)}`);
    return /** @type {T} */ (undefined);
  }
}

/** @param {unknown} actual @param {unknown} expected @param {string} what */
export function equal(actual, expected, what) {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
}

/** @param {unknown} actual @param {RegExp} pattern @param {string} what */
export function matches(actual, pattern, what) {
  if (typeof actual === 'string' && pattern.test(actual)) return;
  throw new Error(`${what} is ${JSON.stringify(actual)}, which does not match ${pattern}`);
}

/** @param {unknown} condition @param {string} what should be so */
export function holds(condition, what) {
  if (!condition) throw new Error(`it does not hold that ${what}`);
}

/** Ids, sorted, for comparing lists whose order is not promised. @param {readonly (string | undefined)[]} list */
export const sorted = (list) => [...list].sort();

/**
 * @param {string} code of the error that the client must raise
 * @param {(error: unknown) => unknown} codeOf reads the code off this client's errors
 * @param {Promise<unknown>} call
 * @returns {Promise<unknown>} the error
 */
export async function refusal(code, codeOf, call) {
  let answer;
  try {
    answer = await call;
  } catch (error) {
    if (codeOf(error) === code) return error;
    throw new Error(`expected ${code}, got ${inOneLine(error)}`);
  }
  throw new Error(`expected ${code}, but the call succeeded with ${JSON.stringify(answer)?.slice(0, 300)}`);
}

/**
 * Calls again until the answer fits, for states that change behind the client.
 * @template T
 * @param {() => Promise<T>} call
 * @param {(answer: T) => unknown} fits
 * @param {string} what is waited for
 */
export async function eventually(call, fits, what) {
  /** @type {T | undefined} */
  let answer;
  for (const until = Date.now() + 120_000; Date.now() < until; ) {
    answer = await call();
    if (fits(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come; the last answer was ${JSON.stringify(answer)?.slice(0, 300)}`);
}

/** A variable that the runner sets. @param {string} name */
export function given(name) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this program with npm run test:clients`);
  return value;
}

/** The last line of every program. */
export function finish() {
  process.exitCode = failures === 0 ? 0 : 1;
}
