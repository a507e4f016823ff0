import { type Row, resource } from '../../kernel/resource.ts';
import type { Changes, ForeignGroup } from '../../ports/foreign.ts';
import { newId } from '../../ports/ids.ts';
import type { ForeignVpc } from '../../ports/networks.ts';
import type { Scope } from '../../ports/store.ts';
import { probe } from '../context/probe.ts';
import { reading } from '../context/reading.ts';
import type { World } from '../context/world.ts';
import { type Writing, write } from '../context/writing.ts';
import { adoptGroups } from '../group/adopt.ts';
import { group } from '../group/group.ts';
import { makeDefaultGroup } from '../group/makeDefault.ts';
import { subnet } from '../subnet/subnet.ts';
import { ip4Text, readCidr4 } from '../vpc/cidr.ts';
import { vpc } from '../vpc/vpc.ts';
import { adoptHome } from './foreignHome.ts';

/** Marks that an account's defaults were made in a region, so that a default VPC that was deleted stays deleted. */
const home = resource<Row>()({
  kind: 'account-home',
  prefix: 'home',
  codes: { missing: 'InternalError', malformed: 'InternalError', noun: 'account home' },
  filters: {},
  view: (row) => row.id,
});

/** VPC user guide, "Default VPCs": a /16 with a /20 in each zone. */
const defaultCidr = { network: readCidr4('172.31.0.0/16')!.network, subnetPrefix: 20, most: 16 } as const;

/** What is known to be done, or under way, for each world. */
const known = new WeakMap<World, Map<string, Promise<void>>>();

/**
 * Makes what EC2 gives every account in a region before its first request: the default VPC, a default subnet in each
 * zone and the default security group, all in one transaction. Once only, however many processes and requests ask at
 * once; what is known to be done costs nothing. Refuses a region that is not offered (InvalidRegion).
 */
export function ensureHome(world: World, scope: Scope): Promise<void> {
  const done = known.get(world) ?? new Map<string, Promise<void>>();
  known.set(world, done);
  const key = `${scope.account}/${scope.region}`;
  const begun = done.get(key);
  if (begun !== undefined) return begun;
  const making = makeHome(world, { account: scope.account, region: scope.region });
  done.set(key, making);
  making.catch(() => done.delete(key));
  return making;
}

async function makeHome(world: World, scope: Scope): Promise<void> {
  const id = `home-${scope.account}`;
  const [made] = await world.store.read.heads({ kind: home.kind, ...scope, ids: [id] });
  if (made !== undefined) return;
  const foreign = await networksOf(world, scope);
  const groups = foreign && (await groupsOf(world, scope));
  await write(world, scope, async (tx) => {
    if ((await tx.find(home, id)) !== undefined) return;
    await tx.insert(home, { id });
    const vpcs = foreign === undefined ? await makeDefaults(tx) : await adoptHome(tx, foreign);
    if (groups !== undefined) await adoptGroups(tx, groups, async () => new Map());
    const found =
      groups === undefined ? [] : (await tx.where(group, { 'group-name': 'default' })).map((row) => row.vpc);
    for (const each of vpcs) if (!found.includes(each)) await makeDefaultGroup(tx, each);
  });
}

/** The networks that the account has in a cloud of its own; undefined where the cloud leaves networks to us. */
async function networksOf(world: World, scope: Scope): Promise<readonly ForeignVpc[] | undefined> {
  const { driver } = world.regions.get(scope.region) ?? {};
  if (driver?.networks === undefined) return undefined;
  return probe(reading(world, scope, world.store.read), (_, call) => driver.networks!.home(call));
}

/** The security groups that the account has in a cloud of its own; undefined where the cloud does not tell. */
async function groupsOf(world: World, scope: Scope): Promise<Changes<ForeignGroup> | undefined> {
  const feed = world.regions.get(scope.region)?.driver.foreign?.groups;
  if (feed === undefined) return undefined;
  return probe(reading(world, scope, world.store.read), (_, call) => feed.changes(undefined, call));
}

async function makeDefaults(tx: Writing): Promise<readonly string[]> {
  const { random } = tx.world;
  const { id } = await tx.insert(vpc, {
    state: 'available',
    cidrBlocks: [{ cidr: `${ip4Text(defaultCidr.network)}/16`, association: newId(random, 'vpc-cidr-assoc') }],
    dhcpOptions: newId(random, 'dopt'),
    tenancy: 'default',
    isDefault: true,
  });
  const size = 2 ** (32 - defaultCidr.subnetPrefix);
  await tx.insertAll(
    subnet,
    tx.here.facts.zones.slice(0, defaultCidr.most).map((zone, i) => ({
      state: 'available' as const,
      vpc: id,
      zone: zone.name,
      zoneId: zone.id,
      cidr: `${ip4Text(defaultCidr.network + i * size)}/${defaultCidr.subnetPrefix}`,
      defaultForZone: true,
      mapPublicIpOnLaunch: true,
    })),
  );
  return [id];
}
