/**
 * Fills a data folder with instances in a process of its own, before its server starts, through the store and the
 * core's own inserts: `seed.js DATA ACCOUNT COUNT`. A hundred instances to a launch and a subnet, forty subnets to a VPC.
 */
import { join } from 'node:path';
import { ensureHome } from '../src/cloud/account/home.ts';
import type { World } from '../src/cloud/context/world.ts';
import { write } from '../src/cloud/context/writing.ts';
import { group } from '../src/cloud/group/group.ts';
import { instance } from '../src/cloud/instance/instance.ts';
import { counters } from '../src/cloud/subnet/counters.ts';
import { subnet } from '../src/cloud/subnet/subnet.ts';
import { vpc } from '../src/cloud/vpc/vpc.ts';
import { compose } from '../src/main/compose.ts';
import { readSettingsFrom } from '../src/main/config/settings.ts';
import { createLog } from '../src/main/log.ts';
import { openStore } from '../src/main/openStore.ts';
import type { Random } from '../src/ports/ids.ts';
import { type Home, launch } from './rows.ts';

const region = 'us-east-1';
const launchSize = 100;
const subnetsOfVpc = 40;

async function seed(data: string, account: string, count: number): Promise<void> {
  const settings = readSettingsFrom({ data }, {});
  const store = await openStore(settings, true);
  const { world } = compose(settings, store, createLog('warn'));
  await ensureHome(world, { account, region });
  const ids = growing(world.random);
  const launches = Math.ceil(count / launchSize);
  for (let first = 0; first < launches; first += subnetsOfVpc) {
    await seedVpc(world, ids, account, first / subnetsOfVpc, Math.min(subnetsOfVpc, launches - first));
  }
  await store.close();
}

/**
 * Randomness whose ids grow: the indexes come out the same, but are written from left to right, which takes a quarter of
 * the time.
 */
function growing(random: Random): Random {
  let count = 0;
  return {
    ...random,
    id: () => {
      count += 1;
      return (count * idStep).toString(16).padStart(7, '0') + random.hex(10);
    },
  };
}

/** The distance of two ids in the first seven of their digits. */
const idStep = 400;

/** One VPC with its subnets, and a launch into each, in one transaction. */
function seedVpc(world: World, ids: Random, account: string, number: number, subnets: number): Promise<void> {
  return write(world, { account, region }, async (tx) => {
    const network = `10.${number}`;
    const association = `vpc-cidr-assoc-${world.random.id()}`;
    const { id } = await tx.insert(vpc, {
      state: 'available',
      cidrBlocks: [{ cidr: `${network}.0.0/16`, association }],
      dhcpOptions: `dopt-${world.random.id()}`,
      tenancy: 'default',
      isDefault: false,
      tags: { Name: `vpc-${number}` },
    });
    const web = await tx.insert(group, { name: 'web', description: 'web servers', vpc: id, rules: [] });
    for (let third = 0; third < subnets; third += 1) {
      const zone = tx.here.facts.zones[third % tx.here.facts.zones.length]!;
      const row = await tx.insert(subnet, {
        state: 'available',
        vpc: id,
        zone: zone.name,
        zoneId: zone.id,
        cidr: `${network}.${third}.0/24`,
        defaultForZone: false,
        mapPublicIpOnLaunch: true,
      });
      await tx.add(counters(row.id).taken, launchSize);
      await tx.add(counters(row.id).passed, launchSize);
      const home: Home = {
        region,
        subnet: row,
        group: { id: web.id, name: web.name },
        network: [number, number],
        third,
      };
      await tx.insertAll(instance, launch(ids, home, launchSize, tx.now));
    }
  });
}

const [data = '', account = '', count = '0'] = process.argv.slice(2);
await seed(join(data), account, Number(count));
