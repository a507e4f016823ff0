import type { Call } from '../../../ports/driver.ts';
import type { ForeignMachine } from '../../../ports/foreign.ts';
import { all } from '../catalogue/offered.ts';
import { idOf } from '../ids.ts';
import { type Port, ports } from '../rest/neutron.ts';
import { type Server, type ServerAddress, volumeAttachments } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';

type Interfaces = ForeignMachine['interfaces'];
type Disks = ForeignMachine['disks'];

/** What of a server is not in Nova's list, and is asked for only where the list shows that it is not what it was. */
export interface MachineDetails {
  /** @param fresh also where the list shows nothing: groups change without a trace */
  of(
    servers: readonly Placed[],
    fresh: boolean,
    place: { session: Session; project: string },
    call: Call,
  ): Promise<Details>;
}

export interface Placed {
  readonly server: Server;
  /** The zone that subnets are of. */
  readonly zone: string;
}

/** By Nova's ids. */
export type Details = ReadonlyMap<string, { readonly interfaces: Interfaces; readonly disks: Disks }>;

export interface DetailsParts {
  /** Our ids of volumes, by Cinder's. */
  readonly volumes: (natives: readonly string[], call: Call) => Promise<ReadonlyMap<string, string>>;
  /** Our ids of groups, by Neutron's; those that are shown to nobody are left out. */
  readonly groups: (natives: readonly string[], call: Call) => Promise<ReadonlyMap<string, string>>;
}

interface Kept {
  /** What Nova shows of the ports. */
  readonly shown: string;
  readonly ports: readonly Port[];
  readonly attached: string;
  readonly disks: Disks;
}

/** Servers whose details are remembered. */
const most = 20_000;
/** Ports of so many servers are asked for in one request: each takes 47 characters of its address. */
const batch = 50;

export function createMachineDetails({ volumes, groups }: DetailsParts): MachineDetails {
  const kept = new Map<string, Kept>();

  const disksOf = async (session: Session, server: Server, call: Call): Promise<Disks> => {
    const attached = server['os-extended-volumes:volumes_attached'] ?? [];
    if (attached.length === 0) return [];
    const found = (await volumeAttachments(session, server.id, call.signal)) ?? [];
    const ids = await volumes(
      found.map(({ volumeId }) => volumeId),
      call,
    );
    return found.flatMap(({ volumeId, device, delete_on_termination: doomed }) => {
      const volume = ids.get(volumeId);
      return volume === undefined ? [] : [{ volume, device: device ?? '', deleteOnTermination: doomed === true }];
    });
  };

  return {
    async of(servers, fresh, { session, project }, call) {
      if (kept.size > most) kept.clear();
      const news = servers.filter(({ server }) => fresh || kept.get(server.id)?.shown !== shownOf(server));
      const wanted = news.map(({ server }) => server).filter((server) => addressesOf(server).length > 0);
      const found = await portsOf(session, project, wanted, call);
      for (const { server } of servers) {
        const before = kept.get(server.id);
        const attached = attachedOf(server);
        kept.set(server.id, {
          shown: shownOf(server),
          ports: news.some((one) => one.server === server) ? (found.get(server.id) ?? []) : (before?.ports ?? []),
          attached,
          disks: before?.attached === attached ? before.disks : await disksOf(session, server, call),
        });
      }
      const natives = servers.flatMap(({ server }) =>
        kept.get(server.id)!.ports.flatMap((port) => port.security_groups),
      );
      const groupIds = await groups([...new Set(natives)], call);
      return new Map(
        servers.map(({ server, zone }) => {
          const { ports: own, disks } = kept.get(server.id)!;
          return [server.id, { interfaces: own.map((port) => interfaceOf(port, server, zone, groupIds)), disks }];
        }),
      );
    },
  };
}

/** Ports by server, in the order in which they were made. Of many servers: all that the project has. */
async function portsOf(
  session: Session,
  project: string,
  servers: readonly Server[],
  call: Call,
): Promise<ReadonlyMap<string, readonly Port[]>> {
  if (servers.length === 0) return new Map();
  const query = servers.length > batch ? { project_id: project } : { device_id: servers.map(({ id }) => id) };
  const found = new Map<string, Port[]>();
  for (const port of await all<Port>(ports.list(session, query, call.signal))) {
    const own = found.get(port.device_id) ?? [];
    found.set(port.device_id, own);
    own.push(port);
  }
  for (const own of found.values())
    own.sort((a, b) => (`${a.created_at} ${a.id}` < `${b.created_at} ${b.id}` ? -1 : 1));
  return found;
}

function interfaceOf(
  port: Port,
  server: Server,
  zone: string,
  groups: ReadonlyMap<string, string>,
): Interfaces[number] {
  const ipv4 = port.fixed_ips.filter(({ ip_address: ip }) => !ip.includes(':'));
  const publicIp = addressesOf(server).find(
    (address) => address['OS-EXT-IPS:type'] === 'floating' && address['OS-EXT-IPS-MAC:mac_addr'] === port.mac_address,
  )?.addr;
  return {
    id: /^eni-[0-9a-f]{17}$/.test(port.name) && port.description !== '' ? port.name : idOf('eni', port.id),
    mac: port.mac_address,
    subnet: idOf('subnet', ipv4[0]?.subnet_id ?? '', zone),
    privateIps: ipv4.map(({ ip_address: ip }) => ip),
    ...(publicIp !== undefined && { publicIp }),
    groups: port.security_groups.flatMap((group) => groups.get(group) ?? []),
  };
}

const addressesOf = ({ addresses }: Server): readonly ServerAddress[] => Object.values(addresses ?? {}).flat();

/** Which addresses a server has of its networks, and the names of its groups: when they change, so have its ports. */
const shownOf = (server: Server): string =>
  [
    ...addressesOf(server)
      .filter((address) => address['OS-EXT-IPS:type'] !== 'floating')
      .map((address) => `${address['OS-EXT-IPS-MAC:mac_addr']} ${address.addr}`),
    ...(server.security_groups ?? []).map(({ name }) => `group ${name}`),
  ]
    .sort()
    .join();

const attachedOf = (server: Server): string =>
  (server['os-extended-volumes:volumes_attached'] ?? [])
    .map(({ id, delete_on_termination: doomed }) => `${id} ${doomed}`)
    .sort()
    .join();
