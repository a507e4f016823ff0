import type { InstanceStateChange, InstanceState as StateShape } from '@aws-sdk/client-ec2';
import type { InstanceRow, InstanceState } from './row.ts';

/** The low byte of EC2's 16-bit state codes (API reference, InstanceState). */
export const stateCodes: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export const viewState = (state: InstanceState): StateShape => ({ Code: stateCodes[state], Name: state });

/** What StartInstances, StopInstances and TerminateInstances answer for one instance. */
export const stateChange = (before: InstanceRow, after: InstanceRow): InstanceStateChange => ({
  InstanceId: after.id,
  CurrentState: viewState(after.state),
  PreviousState: viewState(before.state),
});
