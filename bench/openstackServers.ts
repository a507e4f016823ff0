import type { Bed } from '../test/openstack/support/bed.ts';
import type { FaultProxy } from '../test/openstack/support/faultProxy.ts';
import type { Session } from '../test/openstack/support/session.ts';
import type { RunningServer } from './server.ts';
import { elements } from './things.ts';

/** What is measured, and what it is compared with. */
export interface OpenStack {
  readonly cloud: Bed;
  /** The project's own user, past the server. */
  readonly direct: Session;
  /** Between the server and the cloud. */
  readonly proxy: FaultProxy;
  readonly server: RunningServer;
  /** Our id of the image that is launched. */
  readonly image: string;
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The id of the image that machines are launched from: who launches knows it, as a client of OpenStack does. */
export async function imageOf({ cloud, server }: Omit<OpenStack, 'image'>): Promise<string> {
  const images = await server.ask({
    Action: 'DescribeImages',
    'Filter.1.Name': 'name',
    'Filter.1.Value.1': cloud.image.name,
  });
  return elements(images, 'imageId')[0]!;
}

/** Launches machines, and gives their ids. */
export async function launch({ cloud, server, image }: OpenStack, count: number): Promise<readonly string[]> {
  const asked = {
    Action: 'RunInstances',
    ImageId: image,
    InstanceType: cloud.flavors[0]!.name,
    MinCount: count,
    MaxCount: count,
    'Placement.AvailabilityZone': cloud.zones.default,
  };
  return elements(await server.ask(asked), 'instanceId');
}

/** Waits until so many machines that are not gone are in a state; fewer than `MaxResults` are asked for where that is enough. */
export async function inState(
  { server }: OpenStack,
  ids: readonly string[],
  state: string,
  everyMs: number,
): Promise<void> {
  const named = Object.fromEntries(ids.map((id, at) => [`InstanceId.${at + 1}`, id]));
  for (const end = Date.now() + 1_800_000; Date.now() < end; await pause(everyMs)) {
    const xml = await server.ask({ Action: 'DescribeInstances', ...named });
    const states = [...xml.matchAll(/<instanceState>\s*<code>\d+<\/code>\s*<name>([^<]*)</g)].map((found) => found[1]);
    if (states.length === ids.length && states.every((one) => one === state)) return;
    const failed = states.find((one) => one === 'terminated');
    if (failed !== undefined && state !== failed) throw new Error(`a machine is ${failed}, not ${state}`);
  }
  throw new Error(`the machines are not ${state} after half an hour`);
}

export async function terminate(openstack: OpenStack, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const named = Object.fromEntries(ids.map((id, at) => [`InstanceId.${at + 1}`, id]));
  await openstack.server.ask({ Action: 'TerminateInstances', ...named });
  await inState(openstack, ids, 'terminated', 500);
}

/** Has so many machines run while something is measured, and takes them away. Fifty at a time: a quota counts at once. */
export async function withServers(
  openstack: OpenStack,
  count: number,
  say: (line: string) => void,
  work: () => Promise<void>,
): Promise<void> {
  const ids: string[] = [];
  const began = performance.now();
  try {
    while (ids.length < count) {
      ids.push(...(await launch(openstack, Math.min(50, count - ids.length))));
      await inState(openstack, ids, 'running', 1_000);
      say(`${ids.length} machines run after ${((performance.now() - began) / 1000).toFixed(0)} s`);
    }
    await work();
  } finally {
    await terminate(openstack, ids);
  }
}
