import {
  ArchitectureValues,
  BootModeValues,
  ImdsSupportValues,
  type RegisterImageRequest,
  TpmSupportValues,
} from '@aws-sdk/client-ec2';
import { fail, invalid } from '../../kernel/errors.ts';
import type { ImageRow } from './row.ts';

/** What an image says of the machine that can boot it. */
export type Platform = Pick<ImageRow, 'architecture' | 'virtualization' | 'enaSupport'> &
  Partial<Pick<ImageRow, 'sriov' | 'bootMode' | 'tpm' | 'imdsSupport' | 'uefiData'>>;

/** EC2 user guide, "UEFI Secure Boot": the variable store is 64 KB at most. */
const largestUefiData = 65_536;

/** The parameters of RegisterImage about the machine, checked, with EC2's defaults (i386, paravirtual). */
export function readPlatform(input: RegisterImageRequest): Platform {
  const architecture = oneOf(Object.values(ArchitectureValues), input.Architecture, 'architecture') ?? 'i386';
  const virtualization =
    oneOf(['hvm', 'paravirtual'] as const, input.VirtualizationType, 'virtualizationType') ?? 'paravirtual';
  const sriov = oneOf(['simple'], input.SriovNetSupport, 'sriovNetSupport');
  const bootMode = oneOf(Object.values(BootModeValues), input.BootMode, 'bootMode');
  const tpm = oneOf(Object.values(TpmSupportValues), input.TpmSupport, 'tpmSupport');
  const imdsSupport = oneOf(Object.values(ImdsSupportValues), input.ImdsSupport, 'imdsSupport');
  if (virtualization === 'paravirtual' && architecture !== 'i386' && architecture !== 'x86_64') {
    fail(
      'InvalidParameterCombination',
      `The architecture ${architecture} cannot be used with the virtualization type paravirtual.`,
    );
  }
  if (architecture === 'arm64' && bootMode !== undefined && bootMode !== 'uefi') {
    fail('InvalidParameterCombination', `The boot mode ${bootMode} cannot be used with the architecture arm64.`);
  }
  if (tpm !== undefined && bootMode !== 'uefi')
    fail('InvalidParameterCombination', 'The parameter TpmSupport needs the boot mode uefi.');
  checkUefiData(input.UefiData, bootMode);
  return {
    architecture,
    virtualization,
    enaSupport: input.EnaSupport === true,
    ...(sriov === undefined ? {} : { sriov }),
    ...(bootMode === undefined ? {} : { bootMode }),
    ...(tpm === undefined ? {} : { tpm }),
    ...(imdsSupport === undefined ? {} : { imdsSupport }),
    ...(input.UefiData === undefined ? {} : { uefiData: input.UefiData }),
  };
}

function checkUefiData(data: string | undefined, bootMode: string | undefined): void {
  if (data === undefined) return;
  if (bootMode !== 'uefi' && bootMode !== 'uefi-preferred')
    fail('InvalidParameterCombination', 'The parameter UefiData needs the boot mode uefi or uefi-preferred.');
  const canonical = /^[A-Za-z0-9+/]*={0,2}$/.test(data) && data.length % 4 === 0;
  if (!canonical || data.length > largestUefiData)
    invalid(`${data.slice(0, 32)}…`, 'uefiData', 'It must be base64, at most 64 KB.');
}

function oneOf<T extends string>(values: readonly T[], value: string | undefined, parameter: string): T | undefined {
  if (value === undefined) return undefined;
  return (
    values.find((known) => known === value) ?? invalid(value, parameter, `It must be one of: ${values.join(', ')}.`)
  );
}
