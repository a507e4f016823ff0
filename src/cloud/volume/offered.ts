import { fail } from '../../kernel/errors.ts';
import type { Capabilities } from '../../ports/capabilities.ts';
import { volumeTypes } from './types.ts';

/** What a request says of a volume that not every cloud gives. */
export interface WantedOfVolume {
  readonly encrypted?: boolean;
  readonly multiAttach?: boolean;
  /** A volume that is there is to be of another type. */
  readonly otherType?: boolean;
  readonly performance?: WantedPerformance;
}

/** The parameters about performance, as the request has them. */
export interface WantedPerformance {
  readonly type: string | undefined;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly initializationRate?: number | undefined;
}

/**
 * Refuses, with Unsupported, what a request wants of a volume and the region's cloud does not give. What a volume takes over
 * of an encrypted snapshot, or of an image's mapping, is not wanted by the request: the cloud copies it so.
 */
export function needOffered(can: Capabilities, wanted: WantedOfVolume): void {
  if (wanted.encrypted && !can.encryptedVolumes)
    fail('Unsupported', "This region's cloud does not encrypt volumes that a request wants encrypted.");
  if (wanted.multiAttach && !can.multiAttach)
    fail('Unsupported', "This region's cloud does not attach a volume to several instances.");
  if (wanted.otherType && !can.otherVolumeTypes)
    fail('Unsupported', "This region's cloud does not change the type of a volume.");
  if (wanted.performance !== undefined && !can.volumePerformance) refusePerformance(wanted.performance);
}

/** What a type of volume has without being asked may be asked for: many clients always say it. */
function refusePerformance({ type = '', iops, throughput, initializationRate }: WantedPerformance): void {
  const facts = Object.hasOwn(volumeTypes, type) ? volumeTypes[type] : undefined;
  if (facts?.iops?.required)
    fail('Unsupported', `This region's cloud has no volumes with provisioned IOPS (VolumeType ${type}).`);
  const beyond = (
    [
      ['Iops', iops, facts?.iops?.min],
      ['Throughput', throughput, facts?.throughput?.min],
      ['VolumeInitializationRate', initializationRate, undefined],
    ] as const
  ).find(([, asked, usual]) => asked !== undefined && asked !== usual);
  if (beyond === undefined) return;
  const [name, asked] = beyond;
  fail('Unsupported', `In this region the type of a volume says how fast it is: ${name} cannot be ${asked}.`);
}
