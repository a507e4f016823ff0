import {
  DescribeInstanceAttribute$,
  type DescribeInstanceAttributeRequest,
  type InstanceAttribute,
  type InstanceAttributeName,
} from '@aws-sdk/client-ec2';
import { invalid, missing } from '../../../kernel/errors.ts';
import { read } from '../../action/action.ts';
import { instance } from '../instance.ts';
import type { InstanceRow } from '../row.ts';
import { viewBlockDevice } from '../view.ts';

export default read<DescribeInstanceAttributeRequest, InstanceAttribute>(DescribeInstanceAttribute$, {
  doc: 'Gives one attribute of an instance.',
  kinds: [instance.kind],
  async run(cx, input) {
    const id = input.InstanceId ?? missing('InstanceId');
    const name = input.Attribute ?? missing('Attribute');
    if (!Object.hasOwn(attributes, name)) invalid(name, 'attribute', 'Unknown attribute.');
    const row = await cx.need(instance, id);
    return { InstanceId: row.id, ...attributes[name](row) };
  },
});

/** An attribute without a value is an empty element. */
const text = (value: string | undefined) => (value === undefined ? {} : { Value: value });

const attributes: Readonly<Record<InstanceAttributeName, (i: InstanceRow) => InstanceAttribute>> = {
  blockDeviceMapping: (i) => ({ BlockDeviceMappings: i.blockDevices.map(viewBlockDevice) }),
  disableApiStop: (i) => ({ DisableApiStop: { Value: i.disableApiStop } }),
  disableApiTermination: (i) => ({ DisableApiTermination: { Value: i.disableApiTermination } }),
  ebsOptimized: (i) => ({ EbsOptimized: { Value: i.ebsOptimized } }),
  enaSupport: (i) => ({ EnaSupport: { Value: i.enaSupport } }),
  enclaveOptions: () => ({ EnclaveOptions: { Enabled: false } }),
  groupSet: (i) => ({ Groups: i.groups.map((g) => ({ GroupId: g.id, GroupName: g.name })) }),
  instanceInitiatedShutdownBehavior: (i) => ({ InstanceInitiatedShutdownBehavior: { Value: i.shutdownBehavior } }),
  instanceType: (i) => ({ InstanceType: { Value: i.instanceType } }),
  kernel: (i) => ({ KernelId: text(i.kernel) }),
  productCodes: (i) => ({
    ProductCodes: (i.productCodes ?? []).map((ProductCodeId) => ({ ProductCodeId, ProductCodeType: 'marketplace' })),
  }),
  ramdisk: (i) => ({ RamdiskId: text(i.ramdisk) }),
  rootDeviceName: (i) => ({ RootDeviceName: text(i.rootDeviceName) }),
  sourceDestCheck: (i) => ({ SourceDestCheck: { Value: i.sourceDestCheck } }),
  sriovNetSupport: (i) => ({ SriovNetSupport: text(i.sriov) }),
  userData: (i) => ({ UserData: text(i.userData) }),
};
