import type { FilterRule, FilterRules } from '../../kernel/filter.ts';
import type { BlockDeviceRow, ImageRow } from './row.ts';

type Ebs = NonNullable<BlockDeviceRow['ebs']>;
type Rule = FilterRule<ImageRow>;

/** A filter on the EBS volumes of an image. */
const volumes = (of: (ebs: Ebs) => string | number | boolean | undefined, doc: string): Rule => ({
  of: (i) => i.blockDevices.flatMap((device) => (device.ebs === undefined ? [] : [of(device.ebs)])),
  doc,
});

/** A filter that looks at something no image here has: it is taken, and matches nothing. */
const never = (doc: string): Rule => ({ of: () => undefined, doc });

/** What documented filters of features say that no cloud here offers: watermarks, scans, allowed images, type lists. */
const neverSet: FilterRules<ImageRow> = {
  'image-allowed': never('whether the image meets the criteria for allowed images'),
  'image-watermark.source-image-creation-time': never('when the watermarked source image was made'),
  'image-watermark.source-image-id': never('the image that was given the watermark'),
  'image-watermark.source-image-region': never('the region where the watermark was given'),
  'image-watermark.watermark-creation-time': never('when the watermark was given'),
  'image-watermark.watermark-key': never('the watermark, as account:name'),
  'instance-type-specification.supported-instance-type': never('instance types that the owner says go with the image'),
  'instance-type-specification.unsupported-instance-type': never('instance types that the owner says do not'),
  'public-ssm-parameter-name': never('the public parameter that leads to the image'),
  'scan-result.critical-fix-available-since': never('since when a fix of a critical finding is known'),
  'scan-result.finding-scan-date': never('when the image was last scanned'),
  'scan-result.high-fix-available-since': never('since when a fix of a high finding is known'),
  'scan-result.highest-finding-severity-label': never('the highest severity found'),
  'scan-result.informational-fix-available-since': never('since when a fix of an informational finding is known'),
  'scan-result.low-fix-available-since': never('since when a fix of a low finding is known'),
  'scan-result.medium-fix-available-since': never('since when a fix of a medium finding is known'),
};

/** Filters as documented for DescribeImages. */
export const imageFilters: FilterRules<ImageRow> = {
  architecture: { of: (i) => i.architecture, doc: 'the architecture (i386, x86_64, arm64, x86_64_mac, arm64_mac)' },
  'block-device-mapping.delete-on-termination': volumes(
    (e) => e.deleteOnTermination,
    'whether a volume goes with the instance',
  ),
  'block-device-mapping.device-name': {
    of: (i) => i.blockDevices.map((b) => b.device),
    doc: 'a device name of the mapping',
  },
  'block-device-mapping.encrypted': volumes((e) => e.encrypted === true, 'whether a volume is encrypted'),
  'block-device-mapping.snapshot-id': { ...volumes((e) => e.snapshot, 'the snapshot of a volume'), indexed: true },
  'block-device-mapping.volume-size': volumes((e) => e.sizeGiB, 'the size of a volume in GiB'),
  'block-device-mapping.volume-type': volumes((e) => e.type, 'the type of a volume'),
  'boot-mode': { of: (i) => i.bootMode, doc: 'the boot mode (legacy-bios, uefi, uefi-preferred)' },
  'creation-date': {
    of: (i) => new Date(i.createdAt).toISOString(),
    doc: 'when the image was made, such as 2021-09-29T*',
  },
  description: { of: (i) => i.description, doc: 'the description' },
  'ena-support': { of: (i) => i.enaSupport, doc: 'whether enhanced networking with ENA is enabled' },
  'free-tier-eligible': { of: (i) => i.freeTierEligible === true, doc: 'whether the free tier covers the image' },
  hypervisor: { of: (i) => i.hypervisor, doc: 'the hypervisor (ovm, xen)' },
  'image-id': { of: (i) => i.id, doc: 'the id of the image' },
  'image-type': { of: (i) => i.type, doc: 'the kind of image (machine, kernel, ramdisk)' },
  'is-public': { of: (i) => i.launchPermissions.includes('all'), doc: 'whether everyone may launch it' },
  'kernel-id': { of: (i) => i.kernel, doc: 'the kernel' },
  'manifest-location': { of: (i) => i.location, doc: 'the location of the manifest' },
  name: { of: (i) => i.name, doc: 'the name', indexed: true },
  'owner-alias': { of: (i) => i.ownerAlias, doc: 'the alias of an owner known to the cloud (amazon, aws-marketplace)' },
  'owner-id': { of: (i) => i.owner ?? i.account, doc: 'the account that owns the image', indexed: true },
  platform: { of: (i) => i.platform, doc: 'the platform (windows)' },
  'product-code': { of: (i) => i.productCodes, doc: 'a product code' },
  'product-code.type': {
    of: (i) => (i.productCodes.length > 0 ? 'marketplace' : undefined),
    doc: 'the kind of product code (marketplace)',
  },
  'ramdisk-id': { of: (i) => i.ramdisk, doc: 'the ramdisk' },
  'root-device-name': { of: (i) => i.rootDeviceName, doc: 'the device name of the root volume' },
  'root-device-type': { of: (i) => i.rootDeviceType, doc: 'the type of the root volume (ebs, instance-store)' },
  'source-image-id': { of: (i) => i.sourceImage, doc: 'the image that this one was made of' },
  'source-image-region': { of: (i) => i.sourceImageRegion, doc: 'the region of the image that this one was made of' },
  'source-instance-id': { of: (i) => i.sourceInstance, doc: 'the instance that CreateImage made it of' },
  'sriov-net-support': {
    of: (i) => i.sriov,
    doc: 'simple, where enhanced networking with the 82599 interface is enabled',
  },
  state: { of: (i) => i.state, doc: 'the state (available, pending, failed)', indexed: true },
  'state-reason-code': { of: (i) => i.stateReason?.code, doc: 'the code of the reason for the state' },
  'state-reason-message': { of: (i) => i.stateReason?.message, doc: 'the reason for the state' },
  'virtualization-type': { of: (i) => i.virtualization, doc: 'the virtualization type (paravirtual, hvm)' },
  ...neverSet,
};
