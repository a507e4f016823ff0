import type { LaunchPermission } from '@aws-sdk/client-ec2';
import { fail } from '../../kernel/errors.ts';
import { isAccountId } from '../snapshot/sharing.ts';

/** ARNs of an organization and of an organizational unit (AWS Organizations API reference). */
const organizationArn = /^arn:[a-z-]+:organizations::\d{12}:organization\/o-[a-z0-9]{10,32}$/;
const unitArn = /^arn:[a-z-]+:organizations::\d{12}:ou\/o-[a-z0-9]{10,32}\/ou-[a-z0-9-]{4,68}$/;

/** Whom a launch permission names, as an image's row keeps it: an account id, `all`, or an ARN. */
export function permitted(permissions: readonly LaunchPermission[] | undefined): readonly string[] {
  return (permissions ?? []).flatMap(({ UserId, Group, OrganizationArn, OrganizationalUnitArn }) => [
    ...one(UserId, isAccountId, 'userId'),
    ...one(Group, (group) => group === 'all', 'userGroup'),
    ...one(OrganizationArn, (arn) => organizationArn.test(arn), 'organizationArn'),
    ...one(OrganizationalUnitArn, (arn) => unitArn.test(arn), 'organizationalUnitArn'),
  ]);
}

function one(value: string | undefined, valid: (value: string) => boolean, item: string): readonly string[] {
  if (value === undefined) return [];
  if (!valid(value))
    fail('InvalidAMIAttributeItemValue', `Invalid attribute item value "${value}" for ${item} item type.`);
  return [value];
}

/** A launch permission as EC2 shows it. */
export function viewPermission(who: string): LaunchPermission {
  if (who === 'all') return { Group: 'all' };
  if (organizationArn.test(who)) return { OrganizationArn: who };
  return unitArn.test(who) ? { OrganizationalUnitArn: who } : { UserId: who };
}
