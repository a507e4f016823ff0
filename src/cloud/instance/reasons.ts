import type { GivenUp } from '../operation/operation.ts';

/** State reasons in EC2's words (API reference, StateReason). */
export const stateReasons = {
  userShutdown: {
    code: 'Client.UserInitiatedShutdown',
    message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  },
  instanceShutdown: {
    code: 'Client.InstanceInitiatedShutdown',
    message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
  },
  noCapacity: {
    code: 'Server.InsufficientInstanceCapacity',
    message: 'Server.InsufficientInstanceCapacity: Insufficient capacity to satisfy instance request',
  },
  /** No reason is documented for a quota of machines: it is capacity that the account does not have. */
  quota: {
    code: 'Server.InsufficientInstanceCapacity',
    message: 'Server.InsufficientInstanceCapacity: The quota of the account does not allow the instance request',
  },
  volumeQuota: { code: 'Client.VolumeLimitExceeded', message: 'Client.VolumeLimitExceeded: Volume limit exceeded' },
  /** The error of RunInstances, which nobody could know when it was asked. */
  addressInUse: {
    code: 'Client.InvalidIPAddress.InUse',
    message: 'Client.InvalidIPAddress.InUse: A private IP address of the instance is in use',
  },
  internal: { code: 'Server.InternalError', message: 'Server.InternalError: Internal error on launch' },
  failed: { code: 'Server.InternalError', message: 'Server.InternalError: The machine of the instance failed' },
  pending: { code: 'pending', message: 'pending' },
} as const;

export type StateReasonRow = { readonly code: string; readonly message: string };

/** `User initiated (2024-01-01 12:00:00 GMT)`. */
export const userInitiated = (now: number): string => `User initiated (${gmt(now)})`;

/** `Server.InternalError`, the way StateTransitionReason names a failure. */
export const serverReason = (reason: StateReasonRow): string => reason.code;

/** The reason that a failure of the cloud gives a state change. */
export function reasonOf({ trouble, about }: Pick<GivenUp, 'trouble' | 'about'>): StateReasonRow {
  if (about === 'volume-quota') return stateReasons.volumeQuota;
  if (about === 'quota') return stateReasons.quota;
  if (about === 'in-use') return stateReasons.addressInUse;
  return trouble === 'no-capacity' ? stateReasons.noCapacity : stateReasons.internal;
}

const gmt = (now: number): string => `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')} GMT`;
