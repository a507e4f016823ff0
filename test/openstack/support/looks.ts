import type { EC2 } from '@aws-sdk/client-ec2';
import { freshly } from './fresh.ts';
import { shown } from './life.ts';
import type { BedServer } from './server.ts';
import type { Session } from './session.ts';

/** How EC2 shows what others made: every answer is one for which the server has waited for the cloud. */
export function looks(server: () => BedServer) {
  const fresh = freshly(server);
  const byName = (name: string) => ({ Filters: [{ Name: 'tag:Name', Values: [name] }] });
  return {
    shown: (ec2: EC2, id: string) => fresh(() => shown(ec2, id)),
    stateOf: async (ec2: EC2, id: string) => (await fresh(() => shown(ec2, id))).State?.Name,
    /** The instances that have a Name tag. */
    async named(ec2: EC2, name: string) {
      const { Reservations } = await fresh(() => ec2.describeInstances(byName(name)));
      return (Reservations ?? []).flatMap((one) => one.Instances ?? []);
    },
    volumeOf: async (ec2: EC2, id: string) =>
      (await fresh(() => ec2.describeVolumes({ VolumeIds: [id] }))).Volumes![0]!,
    volumeNamed: async (ec2: EC2, name: string) => (await fresh(() => ec2.describeVolumes(byName(name)))).Volumes?.[0],
    snapshotNamed: async (ec2: EC2, name: string) =>
      (await fresh(() => ec2.describeSnapshots({ OwnerIds: ['self'], ...byName(name) }))).Snapshots?.[0],
  };
}

/** Tags by their keys. */
export const tagsOf = (tags: readonly { Key?: string; Value?: string }[] | undefined) =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));

/** A thing's status in OpenStack; undefined when it is gone. */
export async function statusIn(
  openstack: Session,
  kind: 'server' | 'volume' | 'snapshot',
  native: string,
): Promise<string | undefined> {
  const service = kind === 'server' ? 'compute' : 'volumev3';
  const { status, body } = await openstack.ask<Record<string, { status: string }>>(service, `/${kind}s/${native}`);
  return status === 404 ? undefined : body[kind]!.status;
}
