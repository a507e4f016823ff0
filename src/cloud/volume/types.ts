import { fail, invalid } from '../../kernel/errors.ts';

interface TypeFacts {
  readonly minGiB: number;
  readonly maxGiB: number;
  /** Range of the Iops parameter; absent: the type does not take it. */
  readonly iops?: { readonly min: number; readonly max: number; readonly perGiB: number; readonly required: boolean };
  /** Range of the Throughput parameter, MiB/s. */
  readonly throughput?: { readonly min: number; readonly max: number };
  readonly multiAttach: boolean;
  /** IOPS that DescribeVolumes reports when the request gave none. */
  readonly reportedIops: (sizeGiB: number) => number | undefined;
}

/** The type of volumes for which none is said. */
export const usualType = 'gp2';

/** Volume types and their limits (EBS user guide, "Amazon EBS volume types"; API reference, CreateVolume). */
export const volumeTypes: Readonly<Record<string, TypeFacts>> = {
  gp3: {
    minGiB: 1,
    maxGiB: 65_536,
    iops: { min: 3_000, max: 80_000, perGiB: 500, required: false },
    throughput: { min: 125, max: 2_000 },
    multiAttach: false,
    reportedIops: () => 3_000,
  },
  gp2: {
    minGiB: 1,
    maxGiB: 16_384,
    multiAttach: false,
    reportedIops: (size) => Math.min(16_000, Math.max(100, size * 3)),
  },
  io1: {
    minGiB: 4,
    maxGiB: 16_384,
    iops: { min: 100, max: 64_000, perGiB: 50, required: true },
    multiAttach: true,
    reportedIops: () => undefined,
  },
  io2: {
    minGiB: 4,
    maxGiB: 65_536,
    iops: { min: 100, max: 256_000, perGiB: 1_000, required: true },
    multiAttach: true,
    reportedIops: () => undefined,
  },
  st1: { minGiB: 125, maxGiB: 16_384, multiAttach: false, reportedIops: () => undefined },
  sc1: { minGiB: 125, maxGiB: 16_384, multiAttach: false, reportedIops: () => undefined },
  standard: { minGiB: 1, maxGiB: 1_024, multiAttach: false, reportedIops: () => undefined },
};

export interface VolumeShape {
  readonly type: string;
  readonly sizeGiB: number;
  readonly iops?: number;
  readonly throughput?: number;
}

export interface AskedVolume {
  readonly type: string | undefined;
  readonly sizeGiB: number | undefined;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  /** Size of the snapshot that the volume is filled from. */
  readonly snapshotGiB: number | undefined;
}

/** Checks type, size, IOPS and throughput against each other and fills in what EC2 would. */
export function shapeVolume(asked: AskedVolume, defaultType: string): VolumeShape {
  const type = asked.type ?? defaultType;
  const facts = Object.hasOwn(volumeTypes, type)
    ? volumeTypes[type]!
    : fail('UnknownVolumeType', `Unsupported volume type '${type}' for volume creation.`);
  const sizeGiB =
    asked.sizeGiB ??
    asked.snapshotGiB ??
    fail('MissingParameter', 'The request must contain the parameter size or snapshotId');
  if (asked.snapshotGiB !== undefined && sizeGiB < asked.snapshotGiB) {
    fail(
      'InvalidParameterValue',
      `Volume of size ${sizeGiB}GB is smaller than snapshot, expect size >= ${asked.snapshotGiB}GB`,
    );
  }
  if (sizeGiB < facts.minGiB || sizeGiB > facts.maxGiB) {
    const bound = sizeGiB < facts.minGiB ? `at least ${facts.minGiB}` : `at most ${facts.maxGiB}`;
    fail(
      'InvalidParameterValue',
      `Volume of ${sizeGiB}GiB is invalid; volume type ${type} must be ${bound} GiB in size`,
    );
  }
  const iops = shapeIops(type, facts, sizeGiB, asked.iops);
  const throughput = shapeThroughput(type, facts, asked.throughput, iops);
  return {
    type,
    sizeGiB,
    ...(iops === undefined ? {} : { iops }),
    ...(throughput === undefined ? {} : { throughput }),
  };
}

function shapeIops(type: string, facts: TypeFacts, sizeGiB: number, asked: number | undefined): number | undefined {
  if (facts.iops === undefined) {
    if (asked !== undefined)
      fail('InvalidParameterCombination', `The parameter iops is not supported for ${type} volumes.`);
    return facts.reportedIops(sizeGiB);
  }
  const { min, max, perGiB, required } = facts.iops;
  if (asked === undefined)
    return required
      ? fail('MissingParameter', `The request must contain the parameter iops for volume type ${type}`)
      : facts.reportedIops(sizeGiB);
  if (asked < min || asked > max) invalid(asked, 'iops', `Volume type ${type} takes ${min} to ${max} IOPS.`);
  if (asked > Math.max(min, sizeGiB * perGiB)) {
    fail(
      'InvalidParameterCombination',
      `Iops to volume size ratio of ${(asked / sizeGiB).toFixed(6)} is too high; maximum is ${perGiB}.000000`,
    );
  }
  return asked;
}

function shapeThroughput(
  type: string,
  facts: TypeFacts,
  asked: number | undefined,
  iops: number | undefined,
): number | undefined {
  if (facts.throughput === undefined) {
    if (asked !== undefined)
      fail('InvalidParameterCombination', `The parameter throughput is not supported for ${type} volumes.`);
    return undefined;
  }
  const { min, max } = facts.throughput;
  const throughput = asked ?? min;
  if (throughput < min || throughput > max)
    invalid(throughput, 'throughput', `Volume type ${type} takes ${min} to ${max} MiB/s.`);
  if (iops !== undefined && throughput > Math.max(min, iops / 4)) {
    fail(
      'InvalidParameterCombination',
      `Throughput (MiBps) to iops ratio of ${(throughput / iops).toFixed(6)} is too high; maximum is 0.250000 MiBps per iops.`,
    );
  }
  return throughput;
}
