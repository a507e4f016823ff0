import type { ForeignMachine } from '../../../ports/foreign.ts';
import { isOff } from '../machines/seen.ts';
import type { Server } from '../rest/nova.ts';

type State = ForeignMachine['state'];

/** What Nova is doing to a server, where that leads to another state of EC2's. */
const onTheWay: Readonly<Record<string, State>> = {
  deleting: 'shutting-down',
  'soft-deleting': 'shutting-down',
  'powering-off': 'stopping',
  shelving: 'stopping',
  shelving_image_pending_upload: 'stopping',
  shelving_image_uploading: 'stopping',
  shelving_offloading: 'stopping',
  suspending: 'stopping',
  'powering-on': 'pending',
  unshelving: 'pending',
  resuming: 'pending',
};

const running = 1;

/** Nova's state in EC2's words. A server in ERROR is `running` while its guest runs, else `stopped`: it can be terminated. */
export function machineStateOf(server: Server): State {
  const { status } = server;
  if (status === 'DELETED' || status === 'SOFT_DELETED') return 'terminated';
  const task = onTheWay[server['OS-EXT-STS:task_state'] ?? ''];
  if (task === 'shutting-down') return task;
  if (status === 'BUILD') return 'pending';
  if (status === 'ERROR') return server['OS-EXT-STS:power_state'] === running ? 'running' : 'stopped';
  // The state stays what it was when it is left: an offloading of something that is off already.
  if (isOff(server)) return task === 'pending' ? task : 'stopped';
  return task === 'stopping' ? task : 'running';
}
