import { type EC2, waitUntilInstanceRunning } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { clear, launch, patience, refused, serversNamed, shown, tinyImage, until } from './support/life.ts';
import { others } from './support/others.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { admin, demo, demo2 } = bed.users;
/** A private flavor of three processors, and a type of EC2's that stands for it. */
const flavor = `private-${Date.now()}`;
const alias = 'c5.xlarge';

let server: BedServer;
let administrator: Session;
let openstack: Session;
let ec2: EC2;
let stranger: EC2;
let image: string;

beforeAll(async () => {
  administrator = await logIn(bed, admin);
  openstack = await logIn(bed, demo);
  const of = { id: flavor, name: flavor, ram: 128, vcpus: 3, disk: 1, 'os-flavor-access:is_public': false };
  await nova('/flavors', { flavor: of });
  server = await BedServer.start(bed, { aliases: { 't3.micro': bed.flavors[0]!.name, [alias]: flavor } });
  [ec2, stranger] = [server.ec2(demo.ec2), server.ec2(demo2.ec2)];
  image = await tinyImage(ec2, bed);
});
afterAll(async () => {
  await clear(ec2);
  await administrator.ask('compute', `/flavors/${flavor}`, { method: 'DELETE' });
  expect(await server.stop()).toBe(0);
});

/** @param also what Nova may answer besides, because it is so already */
async function nova(path: string, body: object, also?: number): Promise<void> {
  const answer = await administrator.ask('compute', path, { method: 'POST', body });
  if (answer.status >= 300 && answer.status !== also) throw new Error(`Nova answered ${answer.status} to ${path}`);
}
const access = (action: 'addTenantAccess' | 'removeTenantAccess') =>
  nova(
    `/flavors/${flavor}/action`,
    { [action]: { tenant: demo.project.id } },
    action === 'addTenantAccess' ? 409 : 404,
  );
const isGone = () =>
  until(
    () => typesOf(ec2),
    (types) => !types.includes(flavor),
    30,
  );

async function typesOf(client: EC2): Promise<readonly string[]> {
  const { InstanceTypes } = await client.describeInstanceTypes({});
  return (InstanceTypes ?? []).map((one) => one.InstanceType as string);
}
const launched = (client: EC2, type: string) =>
  launch(client, {
    ImageId: image,
    InstanceType: type as never,
    Placement: { AvailabilityZone: bed.zones.default },
  });

it('a private flavor is a type of the accounts whose projects may use it, as long as they may', async () => {
  const named = { InstanceTypes: [flavor as never] };
  // An attempt before this one may have left it.
  await access('removeTenantAccess');
  await isGone();
  await refused('InvalidInstanceType', ec2.describeInstanceTypes(named));
  await access('addTenantAccess');
  await until(
    () => launched(ec2, flavor).catch((error: Error) => error.name),
    (answer) => answer !== 'InvalidParameterValue',
    20,
  );
  expect(await typesOf(ec2)).toEqual(expect.arrayContaining([flavor, alias]));
  const { InstanceTypes } = await ec2.describeInstanceTypes(named);
  expect(InstanceTypes).toMatchObject([{ InstanceType: flavor, VCpuInfo: { DefaultVCpus: 3 } }]);

  const theirs = await typesOf(stranger);
  expect(theirs).toContain('t3.micro');
  expect([theirs.includes(flavor), theirs.includes(alias)]).toEqual([false, false]);
  await refused('InvalidInstanceType', stranger.describeInstanceTypes(named));
  for (const type of [flavor, alias]) await refused('InvalidParameterValue', launched(stranger, type));

  const id = await launched(ec2, alias);
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
  expect(await shown(ec2, id)).toMatchObject({ InstanceType: alias });
  const [there] = await serversNamed(openstack, id);
  expect(there).toMatchObject({ flavor: { id: flavor } });

  const they = others(openstack, bed, bed.networks.demo.id);
  await they.server({ name: 'of a private flavor', flavorRef: flavor });
  const adopted = await until(
    async () => {
      const Filters = [{ Name: 'tag:Name', Values: ['of a private flavor'] }];
      return (await ec2.describeInstances({ Filters })).Reservations?.[0]?.Instances?.[0];
    },
    (found) => found !== undefined,
    30,
  );
  expect(adopted).toMatchObject({ InstanceType: flavor, CpuOptions: { CoreCount: 3 } });
  await they.clear();

  await access('removeTenantAccess');
  await isGone();
  await refused('InvalidParameterValue', launched(ec2, flavor));
  // What runs goes on under its name.
  expect(await shown(ec2, id)).toMatchObject({ InstanceType: alias, State: { Name: 'running' } });
});
