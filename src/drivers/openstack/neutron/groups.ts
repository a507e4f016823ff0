import { type Call, DriverError, type Kind, type Seen } from '../../../ports/driver.ts';
import type { GroupSpec, RuleSpec } from '../../../ports/networks.ts';
import { all } from '../catalogue/offered.ts';
import { idOf } from '../ids.ts';
import type { Place, PlaceOf } from '../places.ts';
import type { Made, Records } from '../records.ts';
import { type SecurityGroup, securityGroupRules, securityGroups } from '../rest/neutron.ts';
import type { Session } from '../rest/session.ts';
import { OpenStackError } from '../trouble.ts';
import { isShown, keyOf, rulesOf } from './groupRules.ts';

/** What is remembered of a security group. */
export interface GroupRecord extends Made {
  readonly vpc: string;
  readonly description: string;
  /** Others made it, Neutron itself for instance; we only changed its rules. */
  readonly foreign?: boolean;
  /** As they were asked for last. */
  readonly rules: readonly RuleSpec[];
}

export interface GroupParts {
  readonly records: Records<GroupRecord>;
  readonly placeOf: PlaceOf;
}

export interface Groups extends Kind<GroupSpec, Seen> {
  /** Neutron's ids. Throws a DriverError `invalid` when there is no such group. */
  readonly nativesOf: (ids: readonly string[], call: Call) => Promise<readonly string[]>;
}

/** Security groups are Neutron's, by their own names; their descriptions begin with our ids. */
export const createGroups = (parts: GroupParts): Groups => new NeutronGroups(parts);

interface Found extends Place {
  readonly record: GroupRecord | undefined;
  readonly there: SecurityGroup | undefined;
}

const settled: Seen = { settled: true };

class NeutronGroups implements Groups {
  readonly #parts: GroupParts;
  readonly #records: Records<GroupRecord>;
  /** Ids that are computed from Neutron's own, of groups that were seen. They never come to mean something else. */
  readonly #computed = new Map<string, string>();

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.#records = parts.records;
  }

  ensure(id: string, spec: GroupSpec, call: Call): Promise<Seen> {
    return this.#records.alone(id, call, async () => {
      const { session, project, record, there } = await this.#find(id, call);
      const found = there ?? (spec.isDefault ? await theDefault(session, project, call) : undefined);
      if (found === undefined && (!spec.isNew || record?.native !== undefined))
        throw new DriverError('invalid', `the security group of ${id} was deleted in the cloud`, { about: 'gone' });
      const group = found ?? (await this.#make(id, spec, session, record !== undefined, call));
      const { vpc, description, rules } = spec;
      const known = record ?? (found && { account: call.account, foreign: true }) ?? { account: call.account };
      // The default one is there before anybody asks for it, and its rules are what they are.
      const asItIs = spec.isDefault && spec.isNew;
      const now = { ...known, native: group.id, vpc, description, rules: asItIs ? [] : rules };
      await this.#records.put(id, call, now);
      if (asItIs) return settled;
      await removeOthers({ session, project }, id, now, call);
      await this.#applyRules({ session, id, group, rules }, call);
      return settled;
    });
  }

  async look(id: string, call: Call): Promise<Seen | undefined> {
    const { there } = await this.#find(id, call);
    return there && settled;
  }

  absent(id: string, call: Call): Promise<Seen> {
    return this.#records.alone(id, call, async () => {
      const { session, project, record, there } = await this.#find(id, call);
      if (there?.name === 'default') throw new DriverError('invalid', 'Neutron keeps the default group of a project');
      if (there !== undefined) await remove(session, there, call);
      if (record === undefined) return settled;
      await removeOthers({ session, project }, id, record, call);
      await this.#records.delete(id, call);
      return settled;
    });
  }

  async *list(call: Call) {
    const records = (await this.#records.list(call)).filter(([, { foreign, adopted }]) => !foreign && !adopted);
    for (const account of new Set(records.map(([, made]) => made.account))) {
      const mine = records.filter(([, made]) => made.account === account);
      const ids = new Map(mine.map(([id, made]) => [made.native ?? id, id]));
      const { session, project } = await this.#parts.placeOf(account);
      for await (const there of securityGroups.list(session, { project_id: project }, call.signal)) {
        const id = ids.get(there.id) ?? ids.get(ourIdIn(there));
        if (id !== undefined) yield { id, seen: settled };
      }
    }
  }

  readonly nativesOf = (ids: readonly string[], call: Call): Promise<readonly string[]> =>
    Promise.all(
      ids.map(async (id) => {
        const known = (await this.#records.get(id, call))?.native ?? this.#computed.get(id);
        if (known !== undefined) return known;
        const { record, there } = await this.#find(id, call);
        const native = there?.id;
        // That of a VPC which came a moment ago, for instance.
        if (native === undefined && record !== undefined)
          throw new DriverError('conflict', `the security group ${id} is being made`);
        if (native === undefined)
          throw new DriverError('invalid', `there is no security group ${id}`, { about: 'gone' });
        return native;
      }),
    );

  async #find(id: string, call: Call): Promise<Found> {
    const record = await this.#records.get(id, call);
    const place = await this.#parts.placeOf(record?.account ?? call.account);
    const { session, project } = place;
    if (record?.native !== undefined)
      return { ...place, record, there: await securityGroups.get(session, record.native, call.signal) };
    const every = await all<SecurityGroup>(securityGroups.list(session, { project_id: project }, call.signal));
    if (record !== undefined) return { ...place, record, there: every.find((one) => ourIdIn(one) === id) };
    for (const one of every) this.#computed.set(idOf('sg', one.id), one.id);
    return { ...place, record, there: every.find((one) => idOf('sg', one.id) === id) };
  }

  async #make(id: string, spec: GroupSpec, session: Session, again: boolean, call: Call): Promise<SecurityGroup> {
    const { vpc, description, name } = spec;
    const record: GroupRecord = { account: call.account, vpc, description, rules: [], ...(again && { again }) };
    await this.#records.put(id, call, record);
    // Neutron has one `default` a project, which it makes itself.
    const what = { name: name === 'default' ? `default ${vpc}` : name, description: descriptionOf(id, description) };
    return securityGroups.create(session, what, call.signal);
  }

  /** Makes the rules that are not there, and then takes away those that should not be. */
  async #applyRules({ session, id, group, rules }: Apply, call: Call): Promise<void> {
    const peers = [...new Set(rules.flatMap((rule) => rule.group ?? []))];
    const known = await this.nativesOf(
      peers.filter((peer) => peer !== id),
      call,
    );
    const natives = new Map([
      [id, group.id],
      ...peers.filter((peer) => peer !== id).map((peer, at) => [peer, known[at]!] as const),
    ]);
    const there = new Map(group.security_group_rules.filter(isShown).map((rule) => [keyOf(rule), rule]));
    const kept = new Set<string>();
    const missing = new Map<string, Parameters<typeof securityGroupRules.create>[1]>();
    for (const rule of rules) {
      const wanted = rulesOf(rule, (peer) => natives.get(peer)!);
      const present = wanted.map(keyOf).filter((key) => there.has(key));
      for (const key of present) kept.add(key);
      // A rule about a group that others wrote for one version of IP stays as it is.
      if (present.length > 0) continue;
      const description = rule.description ?? '';
      for (const one of wanted) missing.set(keyOf(one), { ...one, security_group_id: group.id, description });
    }
    if (missing.size > 0) await securityGroupRules.createMany(session, [...missing.values()], call.signal);
    for (const [key, rule] of there) {
      if (!kept.has(key)) await securityGroupRules.delete(session, rule.id, call.signal);
    }
  }
}

interface Apply {
  readonly session: Session;
  readonly id: string;
  readonly group: SecurityGroup;
  readonly rules: readonly RuleSpec[];
}

/** As much as Neutron takes: 255 characters, which is also what EC2 allows. */
const descriptionOf = (id: string, description: string): string => `${id}: ${description}`.slice(0, 255);

/** The id of ours that a description begins with. */
export const ourIdIn = ({ description }: Pick<SecurityGroup, 'description'>): string =>
  /^sg-[0-9a-f]{17}(?=: )/.exec(description)?.[0] ?? '';

async function theDefault(session: Session, project: string, call: Call): Promise<SecurityGroup | undefined> {
  // Neutron makes it when somebody asks for the groups of a project.
  const query = { name: 'default', project_id: project };
  return (await all<SecurityGroup>(securityGroups.list(session, query, call.signal)))[0];
}

/** Takes away what was made twice, because nobody knew whether the cloud was at work on it. */
async function removeOthers(
  { session, project }: Place,
  id: string,
  { native, again }: GroupRecord,
  call: Call,
): Promise<void> {
  if (!again) return;
  for (const one of await all<SecurityGroup>(securityGroups.list(session, { project_id: project }, call.signal))) {
    if (ourIdIn(one) === id && one.id !== native) await securityGroups.delete(session, one.id, call.signal);
  }
}

async function remove(session: Session, { id }: SecurityGroup, call: Call): Promise<void> {
  try {
    await securityGroups.delete(session, id, call.signal);
  } catch (error) {
    if (!(error instanceof OpenStackError) || error.facts.kind !== 'SecurityGroupInUse') throw error;
    throw new DriverError('invalid', error.message, { cause: error, about: 'in-use' });
  }
}
