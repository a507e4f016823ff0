import type { InstanceBlockDeviceMappingSpecification, ModifyInstanceAttributeRequest } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';

/** The attribute that a request changes, and what to. */
export type Asked =
  | { readonly name: TextName; readonly value: string }
  | { readonly name: FlagName; readonly value: boolean }
  | { readonly name: 'groupSet'; readonly value: readonly string[] }
  | { readonly name: 'blockDeviceMapping'; readonly value: readonly InstanceBlockDeviceMappingSpecification[] };

const texts = [
  'instanceType',
  'kernel',
  'ramdisk',
  'userData',
  'instanceInitiatedShutdownBehavior',
  'sriovNetSupport',
] as const;
const flags = [
  'disableApiTermination',
  'disableApiStop',
  'sourceDestCheck',
  'ebsOptimized',
  'enaSupport',
  'enclaveOptions',
] as const;
export type TextName = (typeof texts)[number];
export type FlagName = (typeof flags)[number];

/** Reads the one attribute of a request. EC2 refuses none, and more than one. */
export function readAsked(input: ModifyInstanceAttributeRequest): Asked {
  const members = typedMembers(input);
  const { Attribute: name, Value: value } = input;
  // Some clients name the attribute and send its own member too.
  if (name !== undefined && !(value === undefined && members.some((m) => m.name === name)))
    members.push(named(name, value));
  if (members.length === 0) fail('InvalidParameterCombination', 'No attributes specified.');
  if (members.length > 1) fail('InvalidParameterCombination', 'Fields for multiple attribute types specified');
  return members[0]!;
}

function typedMembers(input: ModifyInstanceAttributeRequest): Asked[] {
  const asked: Asked[] = [];
  const text = (name: TextName, member: { readonly Value?: string } | undefined) => {
    if (member !== undefined) asked.push({ name, value: member.Value ?? missing(`${upper(name)}.Value`) });
  };
  const flag = (name: FlagName, member: { readonly Value?: boolean } | undefined) => {
    if (member !== undefined) asked.push({ name, value: member.Value ?? missing(`${upper(name)}.Value`) });
  };
  text('instanceType', input.InstanceType);
  text('kernel', input.Kernel);
  text('ramdisk', input.Ramdisk);
  text('instanceInitiatedShutdownBehavior', input.InstanceInitiatedShutdownBehavior);
  text('sriovNetSupport', input.SriovNetSupport);
  if (input.UserData !== undefined) {
    asked.push({ name: 'userData', value: Buffer.from(input.UserData.Value ?? []).toString('base64') });
  }
  flag('disableApiTermination', input.DisableApiTermination);
  flag('disableApiStop', input.DisableApiStop);
  flag('sourceDestCheck', input.SourceDestCheck);
  flag('ebsOptimized', input.EbsOptimized);
  flag('enaSupport', input.EnaSupport);
  if (input.EnclaveOptions !== undefined)
    asked.push({ name: 'enclaveOptions', value: input.EnclaveOptions.Enabled ?? false });
  if ((input.Groups ?? []).length > 0) asked.push({ name: 'groupSet', value: input.Groups! });
  if ((input.BlockDeviceMappings ?? []).length > 0) {
    asked.push({ name: 'blockDeviceMapping', value: input.BlockDeviceMappings! });
  }
  return asked;
}

const upper = (name: string): string => name[0]!.toUpperCase() + name.slice(1);

/** The form of early API versions: Attribute and Value. */
function named(name: string, value: string | undefined): Asked {
  const text = texts.find((t) => t === name);
  if (text !== undefined) return { name: text, value: value ?? missing('Value') };
  const flag = flags.find((f) => f === name);
  if (flag !== undefined) return { name: flag, value: boolean(value ?? missing('Value')) };
  if (name === 'groupSet') return { name: 'groupSet', value: [value ?? missing('GroupId')] };
  if (name === 'blockDeviceMapping') return missing('BlockDeviceMapping');
  return invalid(name, 'attribute', 'It cannot be modified.');
}

function boolean(value: string): boolean {
  if (/^(true|1)$/i.test(value)) return true;
  if (/^(false|0)$/i.test(value)) return false;
  return invalid(value, 'value', 'It must be true or false.');
}
