import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { launched } from '../../cloud/instance/instance.fixture.ts';
import { DriverError } from '../../ports/driver.ts';
import { host, now } from '../awsquery/signature/client.fixture.ts';
import { presigned } from './client.fixture.ts';
import { keyOf, Stage } from './stage.fixture.ts';

let w: TestWorld;
let id: string;
let stage: Stage;
beforeEach(async () => {
  stage = new Stage();
  const { consoles } = stage;
  w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, openConsoles: true }, consoles }) });
  [id] = (await launched(w)) as [string];
});
afterEach(async () => {
  await stage.end();
  await w.close();
});

const serial = () => `/_elsewhere/console/${id}`;
const screen = () => `/_elsewhere/vnc/${id}`;

describe('why there is no console', () => {
  beforeEach(() => stage.begin(w.world));

  it('is told by the status', async () => {
    expect(await stage.clients.refusal('/_elsewhere/console/i-0123456789abcdef0')).toEqual([
      404,
      expect.stringContaining('not exist'),
    ]);
    expect(await stage.clients.status('/_elsewhere/vnc/etc')).toBe(404);
    for (const [why, wanted] of [
      ['off', 409],
      ['none', 409],
      ['taken', 409],
      ['silent', 503],
    ] as const) {
      stage.opens = async () => why;
      expect(await stage.clients.status(screen())).toBe(wanted);
    }
    stage.opens = async () => {
      throw new DriverError('unavailable', 'secret of the cloud');
    };
    expect(await stage.clients.refusal(serial())).toEqual([
      503,
      'The cloud behind this region cannot be reached at the moment.\n',
    ]);
    stage.opens = async () => {
      throw new Error('a fault');
    };
    expect(await stage.clients.refusal(serial())).toEqual([500, 'An internal error has occurred\n']);
    await w.call('StopInstances', { InstanceIds: [id] });
    expect(await stage.clients.refusal(serial())).toEqual([409, expect.stringContaining("not in the 'running' state")]);
  });
});

describe('a server that asks for no secret', () => {
  beforeEach(() => stage.begin(w.world));

  it('opens consoles of every account, and of the one that a signature names', async () => {
    const named = (account: string) =>
      `Credential=${account}/20260102/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const headers = (account: string) => ({
      headers: { Authorization: `AWS4-HMAC-SHA256 ${named(account)}`, 'X-Amz-Date': '20260102T030405Z' },
    });
    await stage.clients.opened(serial());
    await stage.clients.opened(screen(), headers(testAccount));
    expect(await stage.clients.status(screen(), headers(otherAccount))).toBe(404);
  });

  it('opens none for pages of others', async () => {
    const { port } = stage;
    for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${port + 1}`])
      expect(await stage.clients.refusal(serial(), { origin })).toEqual([
        403,
        expect.stringContaining('pages of others'),
      ]);
    const rebound = { origin: 'http://evil.example:1', headers: { Host: 'evil.example:1' } };
    expect(await stage.clients.status(serial(), rebound)).toBe(403);
    expect(stage.machines).toEqual([]);
    await stage.clients.opened(serial(), { origin: `http://localhost:${port}` });
  });
});

describe('a server that verifies signatures', () => {
  const signed = { headers: { Host: host } };
  beforeEach(() => stage.begin(w.world, { authenticate: keyOf(testAccount), openAt: undefined }));

  it('opens consoles for whoever has a URL that is signed, also for a page from anywhere', async () => {
    await stage.clients.opened(await presigned(serial()), { ...signed, origin: 'https://page.example' });
    await stage.clients.opened(await presigned(screen()), signed);
  });

  it('opens none without a signature, or with one that does not hold', async () => {
    expect(await stage.clients.refusal(serial(), signed)).toEqual([
      403,
      'The request must contain valid credentials.\n',
    ]);
    const url = await presigned(serial());
    const wrong = url.replace(/Signature=../, 'Signature=zz');
    expect(await stage.clients.status(wrong, signed)).toBe(401);
    const elsewhere = url.replace('/console/', '/vnc/');
    expect(await stage.clients.status(elsewhere, signed), 'signed for another path').toBe(401);
    expect(await stage.clients.status(url.replace('us-east-1', 'eu-west-1'), signed)).toBe(401);
    const late = await presigned(serial(), { at: now - 61_000 });
    expect(await stage.clients.refusal(late, signed)).toEqual([400, 'Request has expired.\n']);
    expect(await stage.clients.status(await presigned(serial(), { service: 'sts' }), signed)).toBe(401);
    expect(await stage.clients.status(url, { headers: { Host: 'another.example' } })).toBe(401);
    expect(stage.machines).toEqual([]);
  });
});

it('shows nobody the instances of others', async () => {
  await stage.begin(w.world, { authenticate: keyOf(otherAccount), openAt: undefined });
  const signed = { headers: { Host: host } };
  expect(await stage.clients.refusal(await presigned(serial()), signed)).toEqual([
    404,
    `The instance ID '${id}' does not exist\n`,
  ]);
});
