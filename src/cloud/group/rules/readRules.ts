import type { IpPermission } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import type { Reading } from '../../context/reading.ts';
import type { GroupRow, GroupRuleRow } from '../row.ts';
import { readGroup, readIpv4, readPeers } from './peers.ts';
import { readTraffic } from './protocol.ts';
import type { RuleDraft } from './rule.ts';

/** The members by which the four rule actions state rules: permissions, or one rule in flat parameters (ingress only). */
export interface RuleParameters {
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIp?: string | undefined;
  readonly SourceSecurityGroupName?: string | undefined;
  readonly SourceSecurityGroupOwnerId?: string | undefined;
}

const flatNames = [
  'IpProtocol',
  'FromPort',
  'ToPort',
  'CidrIp',
  'SourceSecurityGroupName',
  'SourceSecurityGroupOwnerId',
] as const;

/** Whether the request states rules at all. */
export const statesRules = (input: RuleParameters): boolean =>
  (input.IpPermissions ?? []).length > 0 || flatNames.some((name) => input[name] !== undefined);

/**
 * The rules that a request states for `target`, one for each source or destination, checked and in EC2's spelling.
 * `exist` says that groups which are referred to must be there.
 */
export async function readRules(
  tx: Reading,
  target: GroupRow,
  direction: GroupRuleRow['direction'],
  input: RuleParameters,
  exist: boolean,
): Promise<readonly RuleDraft[]> {
  const permissions = input.IpPermissions ?? [];
  const flat = flatNames.find((name) => input[name] !== undefined);
  if (permissions.length === 0) {
    if (flat === undefined || direction === 'egress') return missing('IpPermissions');
    return readFlat(tx, target, input, exist);
  }
  if (flat !== undefined)
    fail('InvalidParameterCombination', `The parameter ${flat} cannot be used with the parameter IpPermissions`);
  const rules: RuleDraft[] = [];
  for (const [i, permission] of permissions.entries()) {
    const at = `IpPermissions.${i + 1}`;
    const { IpProtocol, FromPort, ToPort } = permission;
    const traffic = readTraffic(IpProtocol ?? missing(`${at}.IpProtocol`), FromPort, ToPort);
    const peers = await readPeers(tx, target, permission, at, exist);
    if (peers.length === 0) missing(`${at}.IpRanges`);
    for (const peer of peers) rules.push({ ...traffic, ...peer });
  }
  return rules;
}

/** The older form. A source group without protocol stands for all of TCP, UDP and ICMP (API reference). */
async function readFlat(
  tx: Reading,
  target: GroupRow,
  input: RuleParameters,
  exist: boolean,
): Promise<readonly RuleDraft[]> {
  const { SourceSecurityGroupName: name, SourceSecurityGroupOwnerId: owner } = input;
  if (name === undefined) {
    if (owner !== undefined) missing('SourceSecurityGroupName');
    const traffic = readTraffic(input.IpProtocol ?? missing('IpProtocol'), input.FromPort, input.ToPort);
    return [{ ...traffic, cidr4: readIpv4(input.CidrIp ?? missing('CidrIp')) }];
  }
  const other = (['CidrIp', 'IpProtocol', 'FromPort', 'ToPort'] as const).find((key) => input[key] !== undefined);
  if (other !== undefined) {
    fail(
      'InvalidParameterCombination',
      `The parameter SourceSecurityGroupName cannot be used with the parameter ${other}`,
    );
  }
  const pair = { GroupName: name, ...(owner === undefined ? {} : { UserId: owner }) };
  const group = await readGroup(tx, target, pair, 'SourceSecurityGroup', exist);
  const all = [readTraffic('tcp', 0, 65_535), readTraffic('udp', 0, 65_535), readTraffic('icmp', -1, -1)];
  return all.map((traffic) => ({ ...traffic, group }));
}
