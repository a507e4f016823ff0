import type { Call } from '../../../ports/driver.ts';
import type { Feed, ForeignAddress, ForeignGroup } from '../../../ports/foreign.ts';
import { all } from '../catalogue/offered.ts';
import { claim, type IsTaken } from '../claims.ts';
import { idOf } from '../ids.ts';
import type { PlaceOf } from '../places.ts';
import type { Records } from '../records.ts';
import { type FloatingIp, floatingIps, type SecurityGroup, securityGroups } from '../rest/neutron.ts';
import type { AddressRecord } from './addresses.ts';
import { shownRules } from './groupRules.ts';
import { type GroupRecord, ourIdIn } from './groups.ts';

interface FeedParts {
  readonly placeOf: PlaceOf;
  readonly isTaken: IsTaken;
}

/** The floating IPs of a project, in one request, all of them each time. */
export function createAddressFeed(
  parts: FeedParts & { readonly records: Records<AddressRecord> },
): Feed<ForeignAddress> {
  const { placeOf, records, isTaken } = parts;
  /** By the record; else by the description, where that may be believed. Undefined: a double of ours. */
  const idOfAddress = async ({ id: native, description: said }: FloatingIp, call: Call) => {
    const its = /^eipalloc-[0-9a-f]{17}$/.test(said)
      ? await claim(records, isTaken, said, { account: call.account, native }, call)
      : 'not';
    if (its === 'double') return undefined;
    return its === 'its' ? said : idOf('eipalloc', native);
  };
  return {
    async changes(_since, call) {
      const { session, project } = await placeOf(call.account);
      const there = await all<FloatingIp>(floatingIps.list(session, { project_id: project }, call.signal));
      const ids = await idsOf(records, call);
      const things: ForeignAddress[] = [];
      for (const one of there) {
        const id = ids.get(one.id) ?? (await idOfAddress(one, call));
        if (id !== undefined) things.push(addressOf(one, id));
      }
      return { whole: true, things, gone: [] };
    },
  };
}

function addressOf(one: FloatingIp, id: string): ForeignAddress {
  const { port_id: port, fixed_ip_address: privateIp } = one;
  return {
    id,
    publicIp: one.floating_ip_address,
    ...(port !== null && privateIp !== null && { association: { interface: interfaceOf(one, port), privateIp } }),
    tags: {},
  };
}

/** Ports of ours are named by their interfaces. */
function interfaceOf({ port_details: details }: FloatingIp, port: string): string {
  const name = details?.name ?? '';
  return /^eni-[0-9a-f]{17}$/.test(name) ? name : idOf('eni', port);
}

interface GroupFeedParts extends FeedParts {
  readonly records: Records<GroupRecord>;
  /** The VPC that groups which others made are shown in; undefined: the project has no network. */
  readonly defaultVpc: (call: Call) => Promise<string | undefined>;
}

/** The security groups of a project with their rules, in one request, all of them each time. */
export function createGroupFeed({ placeOf, records, isTaken, defaultVpc }: GroupFeedParts): Feed<ForeignGroup> {
  /** One that we made before the store was lost. Which VPC it was in only the default ones say. */
  const claimGroup = async (one: SecurityGroup, vpc: string, call: Call): Promise<void> => {
    const id = ourIdIn(one);
    if (id === '') return;
    const made = {
      account: call.account,
      native: one.id,
      vpc: /^default (vpc-[0-9a-f]{17})$/.exec(one.name)?.[1] ?? vpc,
    };
    await claim(records, isTaken, id, { ...made, description: one.description.slice(id.length + 2), rules: [] }, call);
  };
  return {
    async changes(_since, call) {
      const { session, project } = await placeOf(call.account);
      const there = await all<SecurityGroup>(securityGroups.list(session, { project_id: project }, call.signal));
      const vpc = await defaultVpc(call);
      const known = new Set((await idsOf(records, call)).keys());
      for (const one of there) if (vpc !== undefined && !known.has(one.id)) await claimGroup(one, vpc, call);
      const made = new Map((await records.list(call)).map(([id, record]) => [id, record]));
      const ids = await idsOf(records, call);
      const natives = new Map([...ids].map(([native, id]) => [id, native]));
      for (const { id } of there) if (!ids.has(id)) natives.set(idOf('sg', id), id);
      const groupOf = (native: string): string => ids.get(native) ?? idOf('sg', native);
      const things = there.flatMap((one) => {
        const record = made.get(groupOf(one.id));
        const at = record?.vpc ?? vpc;
        return at === undefined ? [] : [{ ...shown(one, record, at, natives, groupOf), id: groupOf(one.id) }];
      });
      return { whole: true, things, gone: [] };
    },
  };
}

function shown(
  one: SecurityGroup,
  record: GroupRecord | undefined,
  vpc: string,
  natives: ReadonlyMap<string, string>,
  groupOf: (native: string) => string,
): Omit<ForeignGroup, 'id'> {
  const known = record?.rules ?? [];
  const rules = shownRules(one.security_group_rules, known, (id) => natives.get(id), groupOf);
  const ours = record !== undefined && !record.foreign;
  // Neutron's `default` is the project's, and the group of ours that stands for another VPC's has not that name there.
  const name = ours && one.name === `default ${vpc}` ? 'default' : one.name;
  const description = ours ? record.description : one.description;
  return { name, description, vpc, isDefault: one.name === 'default', rules };
}

/** Our ids by the cloud's. */
async function idsOf(records: Records<AddressRecord>, call: Call): Promise<ReadonlyMap<string, string>> {
  const mine = await records.list(call);
  return new Map(mine.flatMap(([id, { native }]) => (native === undefined ? [] : [[native, id] as const])));
}
