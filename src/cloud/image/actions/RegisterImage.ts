import { RegisterImage$, type RegisterImageRequest, type RegisterImageResult } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import type { NewRow, Writing } from '../../context/writing.ts';
import { needKernelImage } from '../../instance/launch/image.ts';
import { tagSpecifications } from '../../tag/tagSpecifications.ts';
import { image } from '../image.ts';
import { newDevice, readMapping } from '../mapping.ts';
import { checkDescription, checkImageName } from '../name.ts';
import createImage from '../operations/createImage.ts';
import { type Platform, readPlatform } from '../platform.ts';
import type { BlockDeviceRow, ImageRow } from '../row.ts';

/** The root device of an image whose registration names none. */
const defaultRoot = '/dev/sda1';

export default write<RegisterImageRequest, RegisterImageResult>(RegisterImage$, {
  doc: 'Registers an image on snapshots that exist, or on a manifest.',
  async run(tx, input) {
    if (!tx.here.driver.can.images) fail('Unsupported', 'Images cannot be made in this region.');
    const tags = tagSpecifications(input.TagSpecifications, ['image']).image ?? {};
    const name = input.Name ?? input.ImageLocation ?? missing('Name');
    checkDescription(input.Description);
    if (input.BillingProducts?.length)
      fail('AuthFailure', 'The account is not authorized to specify billing product codes.');
    const platform = readPlatform(input);
    const asked = readMapping(input.BlockDeviceMappings);
    if (input.Name !== undefined) await checkImageName(tx, name);
    const parts = await bootParts(tx, input);
    const blockDevices: BlockDeviceRow[] = [];
    for (const device of asked) blockDevices.push(await newDevice(tx, device));
    const root = rootOf(input, blockDevices);
    const row = await tx.insert(image, newRow(tx, input, name, { ...platform, ...parts, ...root, blockDevices, tags }));
    const snapshots = blockDevices.flatMap(({ device, ebs }) =>
      ebs?.snapshot === undefined ? [] : [{ device, snapshot: ebs.snapshot, sizeGiB: ebs.sizeGiB! }],
    );
    await tx.start(createImage, row.id, { id: row.id, reboot: false, snapshots });
    return { ImageId: row.id };
  },
});

type Root = Pick<ImageRow, 'rootDeviceType' | 'rootDeviceName'>;
type Parts = Pick<NewRow<ImageRow>, 'kernel' | 'ramdisk'>;

const newRow = (
  tx: Writing,
  input: RegisterImageRequest,
  name: string,
  rest: Platform & Parts & Root & Pick<ImageRow, 'blockDevices' | 'tags'>,
): NewRow<ImageRow> => ({
  ...rest,
  state: 'pending',
  type: 'machine',
  name,
  location: input.ImageLocation ?? `${tx.account}/${name}`,
  platformDetails: 'Linux/UNIX',
  usageOperation: 'RunInstances',
  hypervisor: 'xen',
  launchPermissions: [],
  productCodes: [],
  ...(input.Description === undefined ? {} : { description: input.Description }),
});

/** The root device: a volume of a snapshot, or, with a manifest, the machine's own disk. */
function rootOf({ ImageLocation, RootDeviceName }: RegisterImageRequest, devices: readonly BlockDeviceRow[]): Root {
  const name = RootDeviceName ?? defaultRoot;
  const root = devices.find((line) => line.device === name)?.ebs;
  if (ImageLocation === undefined) {
    if (root?.snapshot === undefined)
      fail('InvalidBlockDeviceMapping', 'No root snapshot specified in device mapping.');
    if (root.type === 'st1' || root.type === 'sc1')
      fail('InvalidBlockDeviceMapping', `Volumes of type ${root.type} cannot be used as boot volumes (${name}).`);
    return { rootDeviceType: 'ebs', rootDeviceName: name };
  }
  if (root !== undefined)
    fail(
      'InvalidParameterCombination',
      `The parameter ImageLocation cannot be used with an EBS volume as the root device ${name}.`,
    );
  if (!/^[^/\s]+\/\S*\.xml$/.test(ImageLocation)) {
    fail(
      'InvalidManifest',
      `The path '${ImageLocation}' does not lead to an image manifest (expecting BUCKET/NAME.manifest.xml).`,
    );
  }
  return { rootDeviceType: 'instance-store', rootDeviceName: name };
}

/** The kernel and ramdisk of a paravirtual image: images of those kinds that the account may see. */
async function bootParts(
  tx: Writing,
  { KernelId, RamdiskId, VirtualizationType }: RegisterImageRequest,
): Promise<Parts> {
  const parts: { -readonly [K in keyof Parts]: Parts[K] } = {};
  for (const [kind, id] of [
    ['kernel', KernelId],
    ['ramdisk', RamdiskId],
  ] as const) {
    if (id === undefined) continue;
    if (VirtualizationType === 'hvm')
      fail('InvalidParameterCombination', `The parameter ${kind}Id cannot be used with the virtualization type hvm.`);
    if (!tx.here.driver.can.kernelImages)
      fail('Unsupported', 'In this region images boot with their own kernel and ramdisk only.');
    parts[kind] = (await needKernelImage(tx, id, kind)).id;
  }
  return parts;
}
