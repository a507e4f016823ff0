import { ModifyImageAttribute$, type ModifyImageAttributeRequest } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';
import type { ImageShares } from '../../../ports/sharing.ts';
import { write } from '../../action/action.ts';
import { needOwnImage } from '../deregistered.ts';
import { image } from '../image.ts';
import { checkDescription } from '../name.ts';
import { permitted } from '../permissions.ts';
import type { ImageRow } from '../row.ts';
import { share, strangersAmong } from '../sharing.ts';

type Request = ModifyImageAttributeRequest;

export default write<Request, Record<string, never>, readonly string[]>(ModifyImageAttribute$, {
  doc: 'Changes one attribute of an image: its description, who may launch it, its product codes, or that it needs IMDSv2.',
  // A cloud that decides who may use an image is asked whom it knows.
  prepare: (cx, input) => strangersAmong(cx, changeOf(input).shares?.add ?? []),
  async run(tx, input, strangers) {
    const imageId = input.ImageId ?? missing('ImageId');
    const change = changeOf(input);
    const row = await needOwnImage(tx, imageId);
    if (row.state !== 'available')
      fail('InvalidAMIID.Unavailable', `The image ID '${row.id}' is not available: it is ${row.state}`);
    if (change.shares !== undefined) await share(tx, row, change.shares, strangers);
    else await tx.update(image, row, change.of(row));
    return {};
  },
  settle: {},
});

/** What the members of the row become, or whom the image is shared with. */
type Change =
  | { readonly of: (row: ImageRow) => Partial<ImageRow>; readonly shares?: never }
  | { readonly shares: ImageShares };

/**
 * What the request changes: one attribute, in the form that has a member for it, or in the older form with Attribute.
 * Attribute may also stand beside its own member, which then counts.
 */
function changeOf(input: Request): Change {
  const { Attribute, Description, LaunchPermission, ImdsSupport, ProductCodes } = input;
  const asked = new Map<string, Change>();
  if (Description !== undefined) asked.set('description', description(Description.Value));
  if (LaunchPermission !== undefined) {
    asked.set(
      'launchPermission',
      launchPermission(permitted(LaunchPermission.Add), permitted(LaunchPermission.Remove)),
    );
  }
  if (ImdsSupport !== undefined) asked.set('imdsSupport', imdsSupport(ImdsSupport.Value));
  if (ProductCodes?.length) asked.set('productCodes', productCodes(ProductCodes));
  if (Attribute !== undefined && !asked.has(Attribute)) asked.set(Attribute, byName(Attribute, input));
  if (asked.size > 1) fail('InvalidParameterCombination', 'Fields for multiple attribute types specified');
  const [change] = asked.values();
  return change ?? fail('InvalidParameterCombination', 'No attributes specified.');
}

/** The older form: Attribute, and Value or OperationType with UserId, UserGroup and the like. */
function byName(attribute: string, input: Request): Change {
  switch (attribute) {
    case 'description':
      return description(input.Value ?? missing('Value'));
    case 'imdsSupport':
      return imdsSupport(input.Value ?? missing('Value'));
    case 'productCodes':
      return missing('ProductCode');
    case 'launchPermission':
      return byOperation(input);
    default:
      return invalid(attribute, 'attribute', 'Unknown attribute.');
  }
}

function byOperation(input: Request): Change {
  const who = permitted([
    ...(input.UserIds ?? []).map((UserId) => ({ UserId })),
    ...(input.UserGroups ?? []).map((group) => ({ Group: group as 'all' })),
    ...(input.OrganizationArns ?? []).map((OrganizationArn) => ({ OrganizationArn })),
    ...(input.OrganizationalUnitArns ?? []).map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
  ]);
  if (who.length === 0)
    fail(
      'InvalidParameterCombination',
      'The attribute launchPermission needs UserId, UserGroup, OrganizationArn or OrganizationalUnitArn.',
    );
  const operation = input.OperationType ?? missing('OperationType');
  if (operation === 'add') return launchPermission(who, []);
  if (operation === 'remove') return launchPermission([], who);
  return invalid(operation, 'operationType', 'It must be add or remove.');
}

function description(value: string | undefined): Change {
  checkDescription(value);
  return {
    of: ({ adopted, offered }) => ({
      description: value ?? '',
      ...((adopted || offered) && { described: true as const }),
    }),
  };
}

/** Once set it stays (API reference, ModifyImageAttribute). */
function imdsSupport(value: string | undefined): Change {
  if (value !== 'v2.0') invalid(value, 'imdsSupport', 'The only value is v2.0.');
  return { of: () => ({ imdsSupport: 'v2.0' }) };
}

const productCodes = (codes: readonly string[]): Change => ({
  of: (row) => ({ productCodes: [...new Set([...row.productCodes, ...codes])] }),
});

function launchPermission(add: readonly string[], remove: readonly string[]): Change {
  if (add.length + remove.length === 0)
    fail('InvalidParameterCombination', 'The parameter LaunchPermission needs Add or Remove.');
  return { shares: { add, remove } };
}
