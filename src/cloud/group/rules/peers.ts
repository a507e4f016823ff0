import type { IpPermission, UserIdGroupPair } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';
import { checkId, type Reading } from '../../context/reading.ts';
import { rowOf } from '../../context/rows.ts';
import { cidr4Text, readCidr4 } from '../../vpc/cidr.ts';
import { canonicalCidr6 } from '../../vpc/cidr6.ts';
import { group } from '../group.ts';
import type { GroupRow } from '../row.ts';
import type { RuleDraft } from './rule.ts';

/** The source or destination of a rule, with what the request says about it. */
export type Peer = Pick<RuleDraft, 'cidr4' | 'cidr6' | 'group' | 'prefixList' | 'description'>;

const malformed = (cidr: string): never => fail('InvalidParameterValue', `CIDR block ${cidr} is malformed`);

/** An IPv4 block; EC2 drops host bits. */
export function readIpv4(cidr: string): string {
  const block = readCidr4(cidr);
  return block === undefined ? malformed(cidr) : cidr4Text(block);
}

const described = (description: string | undefined): Pick<Peer, 'description'> => {
  if (description === undefined || description === '') return {};
  if (!/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(description)) {
    fail(
      'InvalidParameterValue',
      'Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    );
  }
  return { description };
};

/**
 * The sources or destinations of one permission of a request, in EC2's order. `at` is its place in the request.
 * `exist`: groups that are referred to must be there; a rule may be revoked after its source was deleted.
 */
export async function readPeers(
  tx: Reading,
  target: GroupRow,
  permission: IpPermission,
  at: string,
  exist: boolean,
): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  for (const [i, { CidrIp, Description }] of (permission.IpRanges ?? []).entries()) {
    peers.push({ cidr4: readIpv4(CidrIp ?? missing(`${at}.IpRanges.${i + 1}.CidrIp`)), ...described(Description) });
  }
  for (const [i, { CidrIpv6, Description }] of (permission.Ipv6Ranges ?? []).entries()) {
    const cidr = CidrIpv6 ?? missing(`${at}.Ipv6Ranges.${i + 1}.CidrIpv6`);
    peers.push({ cidr6: canonicalCidr6(cidr) ?? malformed(cidr), ...described(Description) });
  }
  for (const [i, { PrefixListId, Description }] of (permission.PrefixListIds ?? []).entries()) {
    const id = PrefixListId ?? missing(`${at}.PrefixListIds.${i + 1}.PrefixListId`);
    described(Description);
    if (exist) fail('InvalidPrefixListId.NotFound', `The prefix list ID '${id}' does not exist`);
    peers.push({ prefixList: id });
  }
  for (const [i, pair] of (permission.UserIdGroupPairs ?? []).entries()) {
    const found = await readGroup(tx, target, pair, `${at}.Groups.${i + 1}`, exist);
    peers.push({ group: found, ...described(pair.Description) });
  }
  return peers;
}

/**
 * The group that a rule refers to, by id or by name. One of another account is in another network, since there is neither a
 * shared VPC nor a peered one: it is refused as one that does not exist, so that nobody learns what others have.
 */
export async function readGroup(
  tx: Reading,
  target: GroupRow,
  { GroupId: id, GroupName: name, UserId, VpcPeeringConnectionId: peering }: UserIdGroupPair,
  at: string,
  exist: boolean,
): Promise<NonNullable<RuleDraft['group']>> {
  if (UserId !== undefined && !/^\d{12}$/.test(UserId)) fail('InvalidUserID.Malformed', `Invalid user id: "${UserId}"`);
  if (peering !== undefined)
    invalid(peering, `${at}.VpcPeeringConnectionId`, 'No VPC peering connection exists in this region.');
  const account = UserId ?? tx.account;
  if (id === undefined && name === undefined) return missing(`${at}.GroupId`);
  if (id !== undefined) checkId(group, id);
  if (id !== undefined && !exist) return { id, account };
  const row = account === tx.account ? await referred(tx, target, id, name) : undefined;
  if (row === undefined) return fail('InvalidGroup.NotFound', `The security group '${id ?? name}' does not exist`);
  if (row.vpc !== target.vpc) {
    fail('InvalidGroup.NotFound', 'You have specified two resources that belong to different networks.');
  }
  return { id: row.id, account, name: row.name };
}

async function referred(
  { reader, account, region }: Reading,
  target: GroupRow,
  id: string | undefined,
  name: string | undefined,
) {
  const named = [
    { name: 'group-name', values: [name!] },
    { name: 'vpc-id', values: [target.vpc] },
  ];
  const by = id !== undefined ? { ids: [id] } : { where: named };
  const [item] = await reader.items({ kind: group.kind, region, account, ...by });
  return item === undefined ? undefined : rowOf<GroupRow>(item);
}
