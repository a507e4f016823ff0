import { resource } from '../../kernel/resource.ts';
import { states } from '../../kernel/states.ts';
import { instanceFilters } from './filters.ts';
import type { InstanceRow } from './row.ts';
import { viewInstance } from './view.ts';

/** Instances. Filters as documented for DescribeInstances. */
export const instance = resource<InstanceRow>()({
  kind: 'instance',
  prefix: 'i',
  tagged: 'instance',
  codes: { missing: 'InvalidInstanceID.NotFound', malformed: 'InvalidInstanceID.Malformed', noun: 'instance' },
  states: states(
    {
      pending: { ready: 'running', failed: 'terminated', refused: 'stopped', terminate: 'shutting-down' },
      running: { stop: 'stopping', terminate: 'shutting-down', crashed: 'stopped', lost: 'terminated' },
      stopping: { off: 'stopped', stop: 'stopping', refused: 'running', terminate: 'shutting-down' },
      stopped: { start: 'pending', stop: 'stopped', terminate: 'shutting-down' },
      'shutting-down': { gone: 'terminated', terminate: 'shutting-down' },
      terminated: { terminate: 'terminated' },
    },
    { transient: ['pending', 'stopping', 'shutting-down'], refuse: 'IncorrectInstanceState' },
  ),
  filters: instanceFilters,
  view: viewInstance,
});
