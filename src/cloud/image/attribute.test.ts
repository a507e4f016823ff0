import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../test/support/world.ts';

let w: TestWorld;
let ImageId: string;
beforeEach(async () => {
  w = await testWorld();
  const made = await w.call('RegisterImage', {
    Name: 'mine',
    ImageLocation: 'b/m.xml',
    BootMode: 'uefi',
    TpmSupport: 'v2.0',
    UefiData: 'QUJD',
    SriovNetSupport: 'simple',
    Architecture: 'x86_64',
    VirtualizationType: 'hvm',
  });
  ImageId = made.ImageId;
  await w.settle();
});
afterEach(() => w.close());

const other = { account: otherAccount };
const modify = (input: object, options = {}) => w.call('ModifyImageAttribute', { ImageId, ...input }, options);
const show = (Attribute: string, options = {}) => w.call('DescribeImageAttribute', { ImageId, Attribute }, options);
const permissions = async () => (await show('launchPermission')).LaunchPermissions;

describe('DescribeImageAttribute', () => {
  test('shows exactly what was asked for', async () => {
    expect(await show('description')).toEqual({ ImageId, Description: {} });
    expect(await show('kernel')).toEqual({ ImageId, KernelId: {} });
    expect(await show('ramdisk')).toEqual({ ImageId, RamdiskId: {} });
    expect(await show('launchPermission')).toEqual({ ImageId, LaunchPermissions: [] });
    expect(await show('productCodes')).toEqual({ ImageId, ProductCodes: [] });
    expect(await show('sriovNetSupport')).toEqual({ ImageId, SriovNetSupport: { Value: 'simple' } });
    expect(await show('bootMode')).toEqual({ ImageId, BootMode: { Value: 'uefi' } });
    expect(await show('tpmSupport')).toEqual({ ImageId, TpmSupport: { Value: 'v2.0' } });
    expect(await show('uefiData')).toEqual({ ImageId, UefiData: { Value: 'QUJD' } });
    expect(await show('lastLaunchedTime')).toEqual({ ImageId, LastLaunchedTime: {} });
    expect(await show('imdsSupport')).toEqual({ ImageId, ImdsSupport: {} });
    expect(await show('deregistrationProtection')).toEqual({
      ImageId,
      DeregistrationProtection: { Value: 'disabled' },
    });
    await expectRefusal(show('blockDeviceMapping'), 'AuthFailure');
    await expectRefusal(show('colour'), 'InvalidParameterValue', /attribute/);
    await expectRefusal(w.call('DescribeImageAttribute', { ImageId }), 'MissingParameter', /Attribute/);
    await expectRefusal(w.call('DescribeImageAttribute', { Attribute: 'kernel' }), 'MissingParameter', /ImageId/);
  });

  test('when its owner launched it last, to the owner alone', async () => {
    const plain = { Name: 'plain', ImageLocation: 'b/p.xml', Architecture: 'x86_64', VirtualizationType: 'hvm' };
    ImageId = (await w.call('RegisterImage', plain)).ImageId;
    await w.settle();
    await modify({ LaunchPermission: { Add: [{ UserId: otherAccount }] } });
    const times = async (options = {}) =>
      (await w.call('DescribeImages', { ImageIds: [ImageId] }, options)).Images[0].LastLaunchedTime;
    expect(await times()).toBeUndefined();
    const launch = (options = {}) =>
      w.call('RunInstances', { ImageId, InstanceType: 'm3.medium', MinCount: 1, MaxCount: 1 }, options);
    const first = new Date(w.clock.now()).toISOString();
    await launch();
    await w.clock.advance(59_000);
    await launch();
    expect(await times()).toBe(first);
    await w.clock.advance(1_000);
    const at = new Date(w.clock.now()).toISOString();
    await launch();
    await w.clock.advance(60_000);
    // The launch of another account is not told.
    await launch(other);
    expect(await show('lastLaunchedTime')).toEqual({ ImageId, LastLaunchedTime: { Value: at } });
    expect(await times()).toBe(at);
    expect(await times(other)).toBeUndefined();
  });

  test('only to the owner', async () => {
    await expectRefusal(show('description', other), 'InvalidAMIID.NotFound');
    await modify({ LaunchPermission: { Add: [{ UserId: otherAccount }] } });
    await expectRefusal(show('description', other), 'AuthFailure', new RegExp(`^Not authorized for image:${ImageId}$`));
  });
});

describe('ModifyImageAttribute', () => {
  test('launch permissions, in both forms', async () => {
    await modify({ LaunchPermission: { Add: [{ UserId: otherAccount }, { Group: 'all' }] } });
    expect(await permissions()).toEqual([{ UserId: otherAccount }, { Group: 'all' }]);
    expect((await w.call('DescribeImages', { ImageIds: [ImageId] }, other)).Images).toMatchObject([{ Public: true }]);
    await modify({ LaunchPermission: { Remove: [{ Group: 'all' }] } });
    expect(await permissions()).toEqual([{ UserId: otherAccount }]);
    await modify({
      Attribute: 'launchPermission',
      OperationType: 'add',
      UserIds: ['999988887777'],
      UserGroups: ['all'],
    });
    expect(await permissions()).toEqual([{ UserId: otherAccount }, { UserId: '999988887777' }, { Group: 'all' }]);
    await modify({
      Attribute: 'launchPermission',
      OperationType: 'remove',
      UserIds: [otherAccount, '999988887777'],
      UserGroups: ['all'],
    });
    expect(await permissions()).toEqual([]);
    await expectRefusal(w.call('DescribeImages', { ImageIds: [ImageId] }, other), 'InvalidAMIID.NotFound');
    const OrganizationArn = 'arn:aws:organizations::111122223333:organization/o-abcdefghij';
    const OrganizationalUnitArn = 'arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-abcd-12345678';
    await modify({
      Attribute: 'launchPermission',
      LaunchPermission: { Add: [{ OrganizationArn }, { OrganizationalUnitArn }] },
    });
    expect(await permissions()).toEqual([{ OrganizationArn }, { OrganizationalUnitArn }]);
  });

  test('description, product codes, IMDSv2', async () => {
    await modify({ Description: { Value: 'first' } });
    expect(await show('description')).toMatchObject({ Description: { Value: 'first' } });
    await modify({ Attribute: 'description', Value: 'second' });
    expect(await show('description')).toMatchObject({ Description: { Value: 'second' } });
    await modify({ Attribute: 'productCodes', ProductCodes: ['a', 'b'] });
    await modify({ ProductCodes: ['b', 'c'] });
    expect((await show('productCodes')).ProductCodes).toEqual(
      ['a', 'b', 'c'].map((ProductCodeId) => ({ ProductCodeId, ProductCodeType: 'marketplace' })),
    );
    expect(
      (
        await w.call('DescribeImages', {
          Owners: ['self'],
          Filters: [
            { Name: 'product-code', Values: ['c'] },
            { Name: 'product-code.type', Values: ['marketplace'] },
          ],
        })
      ).Images,
    ).toHaveLength(1);
    await modify({ ImdsSupport: { Value: 'v2.0' } });
    expect(await show('imdsSupport')).toMatchObject({ ImdsSupport: { Value: 'v2.0' } });
  });

  test.each([
    [{}, 'InvalidParameterCombination', /No attributes/],
    [{ Description: { Value: 'a' }, ImdsSupport: { Value: 'v2.0' } }, 'InvalidParameterCombination', /multiple/],
    [{ Attribute: 'kernel', Value: 'x' }, 'InvalidParameterValue', /kernel/],
    [{ Attribute: 'description' }, 'MissingParameter', /Value/],
    [{ Attribute: 'imdsSupport', Value: 'v1.0' }, 'InvalidParameterValue', /imdsSupport/],
    [{ Attribute: 'productCodes' }, 'MissingParameter', /ProductCode/],
    [{ Attribute: 'launchPermission', OperationType: 'add' }, 'InvalidParameterCombination', /UserId/],
    [{ Attribute: 'launchPermission', UserIds: [otherAccount] }, 'MissingParameter', /OperationType/],
    [
      { Attribute: 'launchPermission', OperationType: 'swap', UserIds: [otherAccount] },
      'InvalidParameterValue',
      /operationType/,
    ],
    [
      { Attribute: 'launchPermission', OperationType: 'add', UserIds: ['4444-5555-6666'] },
      'InvalidAMIAttributeItemValue',
      /"4444-5555-6666" for userId/,
    ],
    [{ LaunchPermission: { Add: [{ Group: 'friends' }] } }, 'InvalidAMIAttributeItemValue', /"friends" for userGroup/],
    [{ LaunchPermission: { Add: [{ OrganizationArn: 'arn:x' }] } }, 'InvalidAMIAttributeItemValue', /organizationArn/],
    [{ LaunchPermission: {} }, 'InvalidParameterCombination', /Add or Remove/],
    [{ Description: { Value: 'x'.repeat(256) } }, 'InvalidParameterValue', /description/],
    [{ Description: { Value: 'x' }, DryRun: true }, 'DryRunOperation', /would have succeeded/],
  ] as const)('refuses %o', async (input, code, message) => {
    await expectRefusal(modify(input), code, message);
    expect(await permissions()).toEqual([]);
    expect(await show('description')).toMatchObject({ Description: {} });
  });

  test('only by the owner, and only of an image that is there', async () => {
    await expectRefusal(modify({ Description: { Value: 'x' } }, other), 'InvalidAMIID.NotFound');
    await modify({ LaunchPermission: { Add: [{ Group: 'all' }] } });
    await expectRefusal(modify({ Description: { Value: 'x' } }, other), 'AuthFailure', /Not authorized for image:ami-/);
    const pending = await w.call('RegisterImage', { Name: 'pending', ImageLocation: 'b/m.xml' });
    await expectRefusal(modify({ ImageId: pending.ImageId, Description: { Value: 'x' } }), 'InvalidAMIID.Unavailable');
    await expectRefusal(w.call('ModifyImageAttribute', { Description: { Value: 'x' } }), 'MissingParameter', /ImageId/);
  });
});

describe('ResetImageAttribute', () => {
  test('takes every launch permission back', async () => {
    await modify({ LaunchPermission: { Add: [{ UserId: otherAccount }, { Group: 'all' }] } });
    await expectRefusal(
      w.call('ResetImageAttribute', { ImageId, Attribute: 'launchPermission' }, other),
      'AuthFailure',
    );
    await expectRefusal(w.call('ResetImageAttribute', { ImageId }), 'MissingParameter', /Attribute/);
    await expectRefusal(
      w.call('ResetImageAttribute', { Attribute: 'launchPermission' }),
      'MissingParameter',
      /ImageId/,
    );
    await expectRefusal(
      w.call('ResetImageAttribute', { ImageId, Attribute: 'description' }),
      'InvalidParameterValue',
      /launchPermission/,
    );
    await expectRefusal(
      w.call('ResetImageAttribute', { ImageId, Attribute: 'launchPermission', DryRun: true }),
      'DryRunOperation',
    );
    expect(await permissions()).toHaveLength(2);
    await w.call('ResetImageAttribute', { ImageId, Attribute: 'launchPermission' });
    expect(await permissions()).toEqual([]);
  });
});
