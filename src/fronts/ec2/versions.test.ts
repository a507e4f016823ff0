import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestWorld, testWorld } from '../../../test/support/world.ts';
import { openAccount, openDoor } from '../query/authenticate.ts';
import { isText } from '../query/body.ts';
import { QueryDoor } from '../query/door.ts';
import { ec2 } from './service.ts';

let w: TestWorld;
let door: QueryDoor;
beforeAll(async () => {
  w = await testWorld();
  const { world } = w;
  door = new QueryDoor({
    world,
    services: [ec2],
    authenticate: openDoor,
    defaultRegion: 'us-east-1',
    clock: world.clock,
  });
});
afterAll(() => w.close());

const older = '2014-10-01';
const newer = '2016-11-15';

async function ask(version: string, parameters: string, { region = 'us-east-1', host = '127.0.0.1:4566' } = {}) {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260102/${region}/ec2/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  const headers = { host, authorization, 'x-amz-date': '20260102T030405Z' };
  const query = `Version=${version}&${parameters}`;
  const reply = await door.handle({ method: 'GET', path: '/', query, headers, body: Buffer.alloc(0) }, 'req-1');
  return {
    ...reply,
    text: isText(reply.body) ? reply.body.text : (reply.body as (string | Buffer)[]).map(String).join(''),
  };
}

const items = (text: string): number => text.split('<item>').length - 1;

describe('answers to older versions', () => {
  it.each([
    ['DescribeAvailabilityZones', /geographySet|subGeographySet/i, 6],
    ['DescribeRegions', /geographySet/, 2],
    ['DescribeVpcs', /cidrBlockAssociationSet|blockPublicAccessStates/, 1],
    ['DescribeSubnets', /ipv6CidrBlockAssociationSet|privateDnsNameOptionsOnLaunch/, 6],
  ])('%s lacks what came later, also when newer answers were kept before', async (action, later, count) => {
    const before = await ask(newer, `Action=${action}`);
    const { status, text } = await ask(older, `Action=${action}`);
    expect(status).toBe(200);
    expect(before.text).toMatch(later);
    expect(text).not.toMatch(later);
    expect(text).toContain(`xmlns="http://ec2.amazonaws.com/doc/${older}/"`);
    expect(items(text)).toBe(count);
    expect((await ask(newer, `Action=${action}`)).text).toBe(before.text);
    expect((await ask('2010-08-31', `Action=${action}`)).text).toBe(text.replace(older, '2010-08-31'));
  });

  it('instances too, at every depth', async () => {
    const { Images } = await w.call('DescribeImages', { Owners: ['amazon'] });
    const image = Images.find((one: { Architecture: string }) => one.Architecture === 'x86_64').ImageId;
    const run = `Action=RunInstances&ImageId=${image}&InstanceType=t3.micro&MinCount=1&MaxCount=1`;
    const later = /cpuOptions|metadataOptions|ipv6AddressesSet|enclaveOptions|<operator>/;
    expect((await ask(newer, run)).text).toMatch(later);
    expect((await ask(older, run)).text).not.toMatch(later);
    await w.settle();
    const both = [await ask(newer, 'Action=DescribeInstances'), await ask(older, 'Action=DescribeInstances')];
    expect(both.map(({ text }) => later.test(text))).toEqual([true, false]);
    expect(both[1]!.text).toContain('<networkInterfaceSet><item>');
  });

  it('rules are authorized with a plain true', async () => {
    const { GroupId } = await w.call(
      'CreateSecurityGroup',
      { GroupName: 'old', Description: 'old' },
      { account: openAccount },
    );
    const rule = `Action=AuthorizeSecurityGroupIngress&GroupId=${GroupId}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22&IpPermissions.1.ToPort=22&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8`;
    expect((await ask(older, rule)).text).toMatch(/<\/requestId><return>true<\/return><\/Auth/);
  });
});

describe('the region of a request', () => {
  const regionOf = async (scope: { region: string; host?: string }) =>
    /<regionName>(.*?)</.exec((await ask(older, 'Action=DescribeAvailabilityZones', scope)).text)?.[1];

  it('is the one of the scope', async () => {
    expect(await regionOf({ region: 'eu-west-1' })).toBe('eu-west-1');
  });

  it('is the default one where boto 2 read it off the host', async () => {
    expect(await regionOf({ region: '0' })).toBe('us-east-1');
    expect(await regionOf({ region: 'localhost', host: 'localhost:4566' })).toBe('us-east-1');
  });

  it('is refused when it is not there', async () => {
    expect(await ask(newer, 'Action=DescribeRegions', { region: 'mars-1' })).toMatchObject({
      status: 401,
      code: 'AuthFailure',
    });
  });
});

it('GetConsoleOutput takes the list of one that boto 2 sends', async () => {
  expect((await ask(older, 'Action=GetConsoleOutput&InstanceId.1=i-0123456789abcdef0')).code).toBe(
    'InvalidInstanceID.NotFound',
  );
});
