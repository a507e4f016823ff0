import type { ErrorCode } from '../../kernel/codes.ts';
import { fail } from '../../kernel/errors.ts';
import type { Scope, Writer } from '../../ports/store.ts';
import type { World } from '../context/world.ts';

interface Quota {
  /** What an account may have of it in one region, unless configured otherwise. */
  readonly limit: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Quotas by name. The defaults are EC2's for a new account where those let a laptop work (5 addresses), and roomy where
 * AWS raises them on request (instances, volumes). `ELSEWHERE_QUOTAS` and the configuration file change them.
 */
const quotas = {
  vcpus: {
    limit: 1_000_000,
    code: 'VcpuLimitExceeded',
    message:
      'You have requested more vCPU capacity than your current vCPU limit allows for the instance bucket that the specified instance type belongs to.',
  },
  instances: {
    limit: 500_000,
    code: 'InstanceLimitExceeded',
    message: 'Your quota allows for no more running instances.',
  },
  volumes: { limit: 500_000, code: 'VolumeLimitExceeded', message: 'Maximum number of volumes exceeded.' },
  'volume-gib': { limit: 100_000_000, code: 'VolumeLimitExceeded', message: 'Maximum total size of volumes exceeded.' },
  snapshots: { limit: 100_000, code: 'SnapshotLimitExceeded', message: 'Maximum number of snapshots exceeded.' },
  addresses: { limit: 5, code: 'AddressLimitExceeded', message: 'The maximum number of addresses has been reached.' },
  'security-groups': {
    limit: 2_500,
    code: 'SecurityGroupLimitExceeded',
    message: 'The maximum number of security groups for VPC has been reached.',
  },
  'key-pairs': {
    limit: 5_000,
    code: 'KeyPairLimitExceeded',
    message: 'The maximum number of key pairs has been reached.',
  },
} as const satisfies Record<string, Quota>;

export type QuotaName = keyof typeof quotas;

export const quotaNames = Object.keys(quotas) as readonly QuotaName[];

/** The limit in force. */
export const limitOf = (world: World, name: QuotaName): number => world.quotas[name] ?? quotas[name].limit;

/** A quota's code with EC2's sentence. */
export const said = (name: QuotaName): readonly [code: ErrorCode, message: string] => [
  quotas[name].code,
  quotas[name].message,
];

/** Refuses with a quota's code. */
export const refuseQuota = (name: QuotaName): never => fail(quotas[name].code, quotas[name].message);

/** Takes from a quota inside a transaction, or refuses with its code. */
export async function takeQuota(
  world: World,
  scope: Scope,
  writer: Writer,
  name: QuotaName,
  amount: number,
): Promise<void> {
  const used = await writer.addUsage(scope, name, amount);
  if (used > limitOf(world, name)) refuseQuota(name);
}
