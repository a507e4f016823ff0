import { WireError } from '../errors.ts';

/**
 * The ways in which a signature is refused, in the words of the service that was asked. EC2 has one answer for every
 * signature that does not prove who signed, `AuthFailure` (401), and `RequestExpired` (400) for one that is out of time;
 * STS and the other awsQuery services tell more, with 403. (EC2 API Reference, "Error codes"; STS, "Common errors".)
 */

/** Nothing in the request says who signed it. */
export function notSigned(service: string): WireError {
  const message =
    service === 'ec2' ? 'The request must contain valid credentials.' : 'Request is missing Authentication Token';
  return new WireError('MissingAuthenticationToken', message, 403);
}

/** The access key id is not known, or is disabled. */
export function unknownKey(service: string): WireError {
  if (service === 'ec2') return authFailure();
  return new WireError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
}

/** A session token with a key that has none. */
export function wrongToken(service: string): WireError {
  const message = 'The security token included in the request is invalid.';
  return service === 'ec2'
    ? new WireError('AuthFailure', message, 401)
    : new WireError('InvalidClientTokenId', message, 403);
}

/** The signature is not the one that the secret gives. */
export function wrongSignature(service: string): WireError {
  if (service === 'ec2') return authFailure();
  return doesNotMatch(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );
}

/** The credential scope is not one for this request; `why` is a whole sentence. */
export function wrongScope(service: string, why: string): WireError {
  return service === 'ec2' ? new WireError('AuthFailure', why, 401) : doesNotMatch(why);
}

/** The request is too old, comes from the future or is past its end. `why` is for awsQuery, where the clocks are shown. */
export function outOfTime(service: string, why: string): WireError {
  return service === 'ec2' ? new WireError('RequestExpired', 'Request has expired.', 400) : doesNotMatch(why);
}

/** The signature lacks a part, or has one that cannot be read. `why` is a whole sentence. */
export function incomplete(why: string): WireError {
  return new WireError('IncompleteSignature', why, 400);
}

function authFailure(): WireError {
  return new WireError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
}

function doesNotMatch(message: string): WireError {
  return new WireError('SignatureDoesNotMatch', message, 403);
}
