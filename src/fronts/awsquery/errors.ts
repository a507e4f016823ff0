/**
 * What a client is told when its request cannot be read, trusted or understood.
 *
 * `code` is the service's own error code, `status` the HTTP status it goes with. The message names the parameter at
 * fault. `Value (x) for parameter y is invalid. …`, `The parameter x is not recognized` and `The request must contain
 * the parameter x` are the forms in which EC2 itself reports these three.
 */
export class WireError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'WireError';
    this.code = code;
    this.status = status;
  }
}

/** Longest piece of a client's text that is repeated back to it. */
const QUOTED = 128;

/** The text as it may be repeated in a message: short, whatever its length. */
export function quoted(text: string): string {
  return text.length <= QUOTED ? text : `${text.slice(0, QUOTED)}...`;
}

/** `UnknownParameter`: no member of the input has this name. */
export function unknownParameter(name: string): WireError {
  return new WireError('UnknownParameter', `The parameter ${quoted(name)} is not recognized`);
}

/** `MissingParameter`: a required member was not sent. `name` is its name on the wire, `TagSpecification.1.ResourceType`. */
export function missingParameter(name: string): WireError {
  return new WireError('MissingParameter', `The request must contain the parameter ${quoted(name)}`);
}

/** `InvalidParameterValue`: the text is not of the member's type. `why` is a whole sentence. */
export function invalidValue(name: string, value: string, why: string): WireError {
  return new WireError(
    'InvalidParameterValue',
    `Value (${quoted(value)}) for parameter ${quoted(name)} is invalid. ${why}`,
  );
}

/** `MalformedQueryString`: the form or query string itself cannot be read. */
export function malformed(why: string): WireError {
  return new WireError('MalformedQueryString', why);
}
