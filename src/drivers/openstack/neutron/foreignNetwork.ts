import type { Call } from '../../../ports/driver.ts';
import type { Feed, ForeignAddress, ForeignGroup } from '../../../ports/foreign.ts';
import { all } from '../catalogue/offered.ts';
import { idOf } from '../ids.ts';
import type { PlaceOf } from '../places.ts';
import type { Records } from '../records.ts';
import { type FloatingIp, floatingIps, type SecurityGroup, securityGroups } from '../rest/neutron.ts';
import type { AddressRecord } from './addresses.ts';
import { shownRules } from './groupRules.ts';
import type { GroupRecord } from './groups.ts';

interface FeedParts {
  readonly placeOf: PlaceOf;
}

/** The floating IPs of a project, in one request, all of them each time. */
export function createAddressFeed(
  parts: FeedParts & { readonly records: Records<AddressRecord> },
): Feed<ForeignAddress> {
  const { placeOf, records } = parts;
  return {
    async changes(_since, call) {
      const { session, project } = await placeOf(call.account);
      const there = await all<FloatingIp>(floatingIps.list(session, { project_id: project }, call.signal));
      const ids = await idsOf(records, call);
      const things = there.map((one) => addressOf(one, ids.get(one.id)));
      return { whole: true, things, gone: [] };
    },
  };
}

/** A floating IP of ours whose id is not written down yet, because we are just making it, is told by its description. */
function addressOf(one: FloatingIp, known: string | undefined): ForeignAddress {
  const said = /^eipalloc-[0-9a-f]{17}$/.test(one.description) ? one.description : undefined;
  const { port_id: port, fixed_ip_address: privateIp } = one;
  return {
    id: known ?? said ?? idOf('eipalloc', one.id),
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
export function createGroupFeed({ placeOf, records, defaultVpc }: GroupFeedParts): Feed<ForeignGroup> {
  return {
    async changes(_since, call) {
      const { session, project } = await placeOf(call.account);
      const there = await all<SecurityGroup>(securityGroups.list(session, { project_id: project }, call.signal));
      const made = new Map((await records.list(call)).map(([id, record]) => [id, record]));
      const vpc = await defaultVpc(call);
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
