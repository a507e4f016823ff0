import { afterEach, expect, it } from 'vitest';
import { type TestWorld, testWorld } from '../../../test/support/world.ts';
import { ed25519 } from '../../cloud/keypair/material/knownKeys.ts';
import type { Catalogue, Zone } from '../../ports/driver.ts';
import { ec2 } from '../ec2/service.ts';
import { type Authenticate, openDoor } from './authenticate.ts';
import { isText } from './body.ts';
import { QueryDoor } from './door.ts';

let w: TestWorld;
afterEach(() => w.close());

/** Asks the same question as often as it takes for its answer to be kept. */
async function asked(Action: string, times = 4, authenticate: Authenticate = openDoor): Promise<string> {
  const { world } = w;
  const door = new QueryDoor({
    world,
    services: [ec2],
    authenticate,
    defaultRegion: 'us-east-1',
    clock: world.clock,
  });
  let text = '';
  for (let n = 0; n < times; n++) {
    const query = `Version=2016-11-15&Action=${Action}`;
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20260102/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const headers = { host: 'h', authorization, 'x-amz-date': '20260102T030405Z' };
    const reply = await door.handle({ method: 'GET', path: '/', query, headers, body: Buffer.alloc(0) }, 'req');
    expect(reply.status).toBe(200);
    text = isText(reply.body) ? reply.body.text : (reply.body as (string | Buffer)[]).map(String).join('');
  }
  return text;
}

it('what a cloud says of its zones now is what is answered, however often it was asked before', async () => {
  const state: { now: string; refreshed: number } = { now: 'available', refreshed: 0 };
  w = await testWorld({
    wrap: (driver) => {
      const region: Catalogue['region'] = (name) => {
        const facts = driver.catalogue.region(name);
        return {
          ...facts,
          get zones(): readonly Zone[] {
            return facts.zones.map((zone) => ({ ...zone, state: state.now }));
          },
        };
      };
      const refresh = async () => {
        state.refreshed += 1;
      };
      return { ...driver, catalogue: { ...driver.catalogue, region, refresh } };
    },
  });
  expect(await asked('DescribeAvailabilityZones')).toContain('<zoneState>available</zoneState>');
  state.now = 'unavailable';
  expect(await asked('DescribeAvailabilityZones', 1)).toContain('<zoneState>unavailable</zoneState>');
  const before = state.refreshed;
  await asked('DescribeImages&Owner.1=self', 6);
  expect(state.refreshed).toBeGreaterThanOrEqual(before + 6);
  // Kept answers about the account's own things ask for nothing of it.
  await asked('DescribeVolumes', 3);
  const then = state.refreshed;
  await asked('DescribeVolumes', 3);
  expect(state.refreshed).toBe(then);
});

it('what is a user’s own is kept for nobody', async () => {
  w = await testWorld();
  const own = [{ id: 'key-00000000000000001', name: 'of-a', publicKey: ed25519.line }];
  const as =
    (keys: typeof own): Authenticate =>
    async () => ({
      account: '000000000000',
      accessKeyId: 'k',
      region: 'us-east-1',
      user: { keyPairs: async () => keys },
    });
  expect(await asked('DescribeKeyPairs', 6, as(own))).toContain('of-a');
  expect(await asked('DescribeKeyPairs', 6, as([]))).not.toContain('of-a');
  expect(await asked('DescribeKeyPairs')).not.toContain('of-a');
  expect(await asked('DescribeKeyPairs', 1, as(own))).toContain('of-a');
});
