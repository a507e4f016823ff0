import { expect, it } from 'vitest';
import { aboutOfFault, readError, troubleOfAnswer, troubleOfFault } from './trouble.ts';

/** Bodies as a Zed cloud answered them. */
it.each([
  [
    403,
    '{"forbidden": {"code": 403, "message": "Quota exceeded for instances: Requested 1, but already used 10 of 10 instances"}}',
    'no-capacity',
    true,
  ],
  [
    413,
    '{"overLimit": {"code": 413, "message": "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota \'volumes\'.", "retryAfter": "0"}}',
    'no-capacity',
    true,
  ],
  [
    409,
    '{"NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: [\'floatingip\'].", "detail": ""}}',
    'no-capacity',
    true,
  ],
  [
    409,
    '{"NeutronError": {"type": "IpAddressGenerationFailure", "message": "No more IP addresses available on network x.", "detail": ""}}',
    'no-capacity',
    false,
  ],
  [413, '{"overLimit": {"code": 413, "message": "This request was rate-limited."}}', 'throttled', false],
  [429, 'slow down', 'throttled', false],
  [403, '{"forbidden": {"code": 403, "message": "Policy doesn\'t allow it to be performed."}}', 'denied', false],
  [401, '{"error": {"code": 401, "title": "Unauthorized", "message": "no"}}', 'denied', false],
  [
    409,
    '{"conflictingRequest": {"code": 409, "message": "Cannot \'start\' instance while it is in vm_state active"}}',
    'conflict',
    false,
  ],
  [400, '{"badRequest": {"code": 400, "message": "Invalid volume: it is in use"}}', 'invalid', false],
  [404, '{"itemNotFound": {"code": 404, "message": "no"}}', 'invalid', false],
  [422, 'no', 'invalid', false],
  [500, '{"computeFault": {"code": 500, "message": "Unexpected API Error."}}', 'unavailable', false],
  [500, '{"computeFault": {"code": 500, "message": "No valid host was found."}}', 'no-capacity', false],
  [502, '<html><body><h1>502 Bad Gateway</h1></body></html>', 'unavailable', false],
  [
    406,
    '{"errors": [{"status": 406, "title": "Version 2.999 is not supported", "detail": "Minimum is 2.1 and maximum is 2.93."}]}',
    'unsupported',
    false,
  ],
] as const)('%i %s is %s', (status, text, trouble, quota) => {
  const error = troubleOfAnswer({ service: 'compute', status, text, requestId: 'req-1' });
  expect(error).toMatchObject({ trouble, facts: { status, quota, requestId: 'req-1', reached: true } });
  expect(error.message).toMatch(/^compute answered \d{3}: .*\(req-1\)$/);
  if (quota) expect(error.message).toMatch(/quota/i);
});

it('a fault of a server is of the cloud or of the request', () => {
  expect(troubleOfFault('No valid host was found. There are not enough hosts available.')).toBe('no-capacity');
  expect(
    troubleOfFault('Build of instance x aborted: VolumeSizeExceedsAvailableQuota: exceeds allowed gigabytes quota'),
  ).toBe('no-capacity');
  expect(troubleOfFault('Build of instance x aborted: Image y is unacceptable')).toBe('invalid');
});

it.each([
  ['Quota exceeded for instances: Requested 1, but already used 1 of 1 instances', 'quota'],
  ['Build of instance x aborted: VolumeLimitExceeded: Maximum number of volumes allowed (1) exceeded', 'volume-quota'],
  ['Volume y: Requested volume or snapshot exceeds allowed gigabytes quota', 'volume-quota'],
  ['No valid host was found. There are not enough hosts available.', undefined],
])('the fault “%s” is about %s', (fault, about) => expect(aboutOfFault(fault)).toBe(about));

it('Cinder’s quotas are those of volumes', () => {
  const text = '{"overLimit": {"message": "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded"}}';
  const about = (service: string) => troubleOfAnswer({ service, status: 413, text }).about;
  expect(['block-storage', 'compute'].map(about)).toEqual(['volume-quota', 'quota']);
});

it.each([
  [
    '{"NeutronError": {"type": "PortNotFound", "message": "Port p could not be found.", "detail": ""}}',
    { kind: 'PortNotFound', message: 'Port p could not be found.' },
  ],
  ['{"error": {"code": 401, "title": "Unauthorized", "message": "no"}}', { kind: 'Unauthorized', message: 'no' }],
  [
    '{"message": "No image found with ID x<br /><br />\\n\\n", "code": "404 Not Found", "title": "Not Found"}',
    { message: 'No image found with ID x' },
  ],
  [
    '<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  No image<br /><br />\n </body>\n</html>',
    { message: 'No image' },
  ],
  ['', { message: 'no words' }],
  ['{}', { message: 'no words' }],
  ['"text"', { message: '"text"' }],
  ['{"badRequest": "odd"}', { kind: 'badRequest', message: 'odd' }],
])('reads %s', (text, said) => {
  expect(readError(text)).toEqual(said);
});

it('a long text is cut', () => {
  expect(readError('x'.repeat(5000)).message).toHaveLength(600);
});
