import type { EC2 } from '@aws-sdk/client-ec2';
import type { Bed } from './bed.ts';
import { type FaultProxy, openFaultProxy } from './faultProxy.ts';
import { tinyImage } from './life.ts';
import { BedServer } from './server.ts';
import { addressesOf, logIn, type Session } from './session.ts';

/** The built server with a proxy between it and the cloud, and people who look at the cloud past both. */
export interface BrokenCloud {
  readonly proxy: FaultProxy;
  readonly server: BedServer;
  /** The project's own user. */
  readonly openstack: Session;
  readonly admin: Session;
  /** A client that signs as the project, and asks once. */
  readonly ec2: EC2;
  /** EC2's id of the bed's image. */
  readonly image: string;
  close(): Promise<void>;
}

/** Settings of a region whose services are those of a proxy. */
export function behind(bed: Bed, { endpoints }: Pick<FaultProxy, 'endpoints'>): object {
  const { elsewhere: user } = bed.users;
  const auth = {
    auth_url: endpoints.identity,
    user_id: user.id,
    password: user.password,
    project_id: user.project.id,
  };
  return { cloud: undefined, clouds: undefined, auth, endpoints };
}

/** @param more settings of the region */
export async function openBrokenCloud(bed: Bed, more: object = {}): Promise<BrokenCloud> {
  const { demo } = bed.users;
  const [openstack, admin] = await Promise.all([logIn(bed, demo), logIn(bed, bed.users.admin)]);
  const proxy = await openFaultProxy(addressesOf(bed, openstack));
  const server = await BedServer.start(bed, { ...behind(bed, proxy), ...more });
  const ec2 = server.ec2(demo.ec2);
  const close = async () => {
    await server.stop();
    await proxy.close();
  };
  return { proxy, server, openstack, admin, ec2, image: await tinyImage(ec2, bed), close };
}
