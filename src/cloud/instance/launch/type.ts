import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import type { Catalogue } from '../../../ports/driver.ts';
import type { Reading } from '../../context/reading.ts';

/** What EC2 launches when the request names no type (API reference, RunInstances). */
export const defaultType = 'm1.small';

/** Types that were launched before: a catalogue builds the facts of a type anew each time, and they never change. */
const known = new WeakMap<Catalogue, Map<string, InstanceTypeInfo>>();

/** The instance type of a request, or EC2's refusal of one that does not exist or is not offered in the region. */
export function needType(cx: Reading, name: string): InstanceTypeInfo {
  const { catalogue } = cx.here.driver;
  const types = known.get(catalogue) ?? new Map<string, InstanceTypeInfo>();
  known.set(catalogue, types);
  const info = types.get(name) ?? catalogue.instanceType(name, cx.account);
  // Types of a cloud whose catalogue changes are not remembered.
  if (info !== undefined && catalogue.refresh === undefined) types.set(name, info);
  return info ?? fail('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`);
}

/** What of an image decides where it runs; instances keep the same members. */
interface Fitting {
  readonly architecture: string;
  readonly virtualization: string;
  readonly rootDeviceType: string;
  readonly enaSupport: boolean;
  readonly bootMode?: string;
}

/** Refuses a type on which the image cannot run. */
export function checkTypeFits(type: InstanceTypeInfo, image: Fitting): void {
  const name = type.InstanceType;
  const architectures: readonly string[] = type.ProcessorInfo?.SupportedArchitectures ?? [];
  if (!architectures.includes(image.architecture)) {
    fail(
      'InvalidParameterValue',
      `The architecture '${architectures.join(',')}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    );
  }
  const kinds: readonly string[] = type.SupportedVirtualizationTypes ?? [];
  if (!kinds.includes(image.virtualization)) {
    fail(
      'InvalidParameterCombination',
      `Virtualization type '${kinds.join(',')}' is required for instances of type '${name}'. Ensure that you are using an AMI with virtualization type '${kinds.join(',')}'.`,
    );
  }
  const roots: readonly string[] = type.SupportedRootDeviceTypes ?? [];
  if (!roots.includes(image.rootDeviceType)) {
    fail(
      'InvalidParameterCombination',
      `The instance type '${name}' does not support an AMI with a root device of type '${image.rootDeviceType}'.`,
    );
  }
  if (type.NetworkInfo?.EnaSupport === 'required' && !image.enaSupport) {
    fail(
      'InvalidParameterCombination',
      `Enhanced networking with the Elastic Network Adapter (ENA) is required for the '${name}' instance type. Ensure that you are using an AMI that is enabled for ENA.`,
    );
  }
  if (bootModeOf(type, image) === undefined) {
    fail(
      'InvalidParameterCombination',
      `The instance type '${name}' does not support the boot mode '${image.bootMode}' of the specified AMI.`,
    );
  }
}

/** How the image boots on the type (user guide, "Amazon EC2 instance launch behavior with boot modes"); undefined: not at all. */
export function bootModeOf(type: InstanceTypeInfo, image: Fitting): 'legacy-bios' | 'uefi' | undefined {
  const modes = type.SupportedBootModes ?? [];
  if (image.bootMode === undefined) {
    const own = image.architecture.startsWith('arm64') ? 'uefi' : 'legacy-bios';
    // Without a word of the image's the type boots it in its own way.
    return modes.includes(own) ? own : (modes[0] ?? own);
  }
  if (image.bootMode === 'uefi-preferred') return modes.includes('uefi') ? 'uefi' : 'legacy-bios';
  return modes.find((mode) => mode === image.bootMode);
}
