import { ModifyImageAttribute$, type ModifyImageAttributeRequest } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { needOwnImage } from '../deregistered.ts';
import { image } from '../image.ts';
import { checkDescription } from '../name.ts';
import { permitted } from '../permissions.ts';
import type { ImageRow } from '../row.ts';

type Request = ModifyImageAttributeRequest;

export default write<Request, Record<string, never>>(ModifyImageAttribute$, {
  doc: 'Changes one attribute of an image: its description, who may launch it, its product codes, or that it needs IMDSv2.',
  async run(tx, input) {
    const imageId = input.ImageId ?? missing('ImageId');
    const change = changeOf(input);
    const row = await needOwnImage(tx, imageId);
    if (row.state !== 'available')
      fail('InvalidAMIID.Unavailable', `The image ID '${row.id}' is not available: it is ${row.state}`);
    await tx.update(image, row, change(row));
    return {};
  },
});

type Change = (row: ImageRow) => Partial<ImageRow>;

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
  return () => ({ description: value ?? '' });
}

/** Once set it stays (API reference, ModifyImageAttribute). */
function imdsSupport(value: string | undefined): Change {
  if (value !== 'v2.0') invalid(value, 'imdsSupport', 'The only value is v2.0.');
  return () => ({ imdsSupport: 'v2.0' });
}

const productCodes =
  (codes: readonly string[]): Change =>
  (row) => ({ productCodes: [...new Set([...row.productCodes, ...codes])] });

function launchPermission(add: readonly string[], remove: readonly string[]): Change {
  if (add.length + remove.length === 0)
    fail('InvalidParameterCombination', 'The parameter LaunchPermission needs Add or Remove.');
  return (row) => ({
    launchPermissions: [...new Set([...row.launchPermissions, ...add])].filter((who) => !remove.includes(who)),
  });
}
