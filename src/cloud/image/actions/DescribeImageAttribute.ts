import {
  DescribeImageAttribute$,
  type DescribeImageAttributeRequest,
  type ImageAttribute,
  type ImageAttributeName,
} from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';
import { read } from '../../action/action.ts';
import { needOwnImage } from '../deregistered.ts';
import { lastLaunchedTime, viewProductCodes } from '../image.ts';
import { viewPermission } from '../permissions.ts';
import type { ImageRow } from '../row.ts';
import { sharedWith } from '../sharing.ts';

const text = (Value: string | undefined) => (Value === undefined ? {} : { Value });

/** What each attribute shows; one is asked of the cloud, where that decides it. The block device mapping may not be asked for in this way any more (API reference). */
const attributes: Readonly<Record<ImageAttributeName, ((i: ImageRow) => ImageAttribute) | 'refused' | 'asked'>> = {
  blockDeviceMapping: 'refused',
  bootMode: (i) => ({ BootMode: text(i.bootMode) }),
  deregistrationProtection: (i) => ({ DeregistrationProtection: text(i.isProtected ? 'enabled' : 'disabled') }),
  description: (i) => ({ Description: text(i.description) }),
  imdsSupport: (i) => ({ ImdsSupport: text(i.imdsSupport) }),
  kernel: (i) => ({ KernelId: text(i.kernel) }),
  lastLaunchedTime: (i) => ({ LastLaunchedTime: text(lastLaunchedTime(i)) }),
  launchPermission: 'asked',
  productCodes: (i) => ({ ProductCodes: viewProductCodes(i) }),
  ramdisk: (i) => ({ RamdiskId: text(i.ramdisk) }),
  sriovNetSupport: (i) => ({ SriovNetSupport: text(i.sriov) }),
  tpmSupport: (i) => ({ TpmSupport: text(i.tpm) }),
  uefiData: (i) => ({ UefiData: text(i.uefiData) }),
};

export default read<DescribeImageAttributeRequest, ImageAttribute>(DescribeImageAttribute$, {
  doc: 'Shows one attribute of an image to its owner.',
  async run(cx, input) {
    const imageId = input.ImageId ?? missing('ImageId');
    const name = input.Attribute ?? missing('Attribute');
    if (!Object.hasOwn(attributes, name)) invalid(name, 'attribute', 'Unknown attribute.');
    const row = await needOwnImage(cx, imageId);
    const show = attributes[name];
    if (show === 'refused') return fail('AuthFailure', 'Unauthorized attempt to access restricted resource');
    if (show !== 'asked') return { ImageId: row.id, ...show(row) };
    return { ImageId: row.id, LaunchPermissions: (await sharedWith(cx, row)).map(viewPermission) };
  },
});
