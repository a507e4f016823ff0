import { lookUp, member, pages, remove } from '../reading.ts';
import { type Query, type Session, segment } from '../session.ts';

/** A disk of a new server (`block_device_mapping_v2`). `boot_index` 0 is the root, -1 or absent: not booted from. */
export interface BlockDevice {
  readonly source_type: 'volume' | 'image' | 'snapshot' | 'blank';
  readonly destination_type: 'volume' | 'local';
  readonly uuid?: string;
  readonly boot_index?: number | null;
  readonly volume_size?: number;
  readonly volume_type?: string;
  readonly delete_on_termination?: boolean;
  readonly device_name?: string;
  readonly guest_format?: string;
}

export interface NewServer {
  readonly name: string;
  readonly flavorRef: string;
  /** Absent (or empty) when the server boots from a volume. */
  readonly imageRef?: string;
  /** Ports in order; `none`: no network at all; `auto`: what Nova finds. */
  readonly networks:
    | readonly ({ readonly port: string } | { readonly uuid: string; readonly fixed_ip?: string })[]
    | 'none'
    | 'auto';
  readonly block_device_mapping_v2?: readonly BlockDevice[];
  /** Base64, at most 65535 bytes of it. */
  readonly user_data?: string;
  readonly key_name?: string;
  /** Texts of at most 255 characters each. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly availability_zone?: string;
  /** Only for networks given by `uuid`: ports keep the groups that they have. */
  readonly security_groups?: readonly { readonly name: string }[];
  readonly config_drive?: boolean;
  readonly description?: string;
  readonly hostname?: string;
}

export interface ServerAddress {
  readonly addr: string;
  readonly version: 4 | 6;
  readonly 'OS-EXT-IPS:type'?: 'fixed' | 'floating';
  readonly 'OS-EXT-IPS-MAC:mac_addr'?: string;
}

/** A server as of 2.69. What a policy hides, or a cell that is down cannot tell, is absent. */
export interface Server {
  readonly id: string;
  /** ACTIVE, BUILD, SHUTOFF, ERROR, DELETED, UNKNOWN (its cell is down), … */
  readonly status: string;
  readonly tenant_id: string;
  readonly created: string;
  readonly name?: string;
  readonly user_id?: string;
  readonly updated?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** An empty text when it was booted from a volume. */
  readonly image?: { readonly id: string } | '';
  readonly flavor?: {
    readonly original_name: string;
    readonly vcpus: number;
    readonly ram: number;
    readonly disk: number;
    readonly ephemeral: number;
    readonly swap: number;
  };
  readonly addresses?: Readonly<Record<string, readonly ServerAddress[]>>;
  readonly key_name?: string | null;
  readonly security_groups?: readonly { readonly name: string }[];
  readonly fault?: {
    readonly code: number;
    readonly message: string;
    readonly created: string;
    readonly details?: string;
  };
  readonly description?: string | null;
  readonly config_drive?: string;
  readonly hostId?: string;
  readonly locked?: boolean;
  readonly 'OS-EXT-AZ:availability_zone'?: string | null;
  readonly 'OS-EXT-STS:vm_state'?: string;
  readonly 'OS-EXT-STS:task_state'?: string | null;
  /** 0 no state, 1 running, 3 paused, 4 shut down, 6 crashed, 7 suspended. */
  readonly 'OS-EXT-STS:power_state'?: number;
  readonly 'OS-SRV-USG:launched_at'?: string | null;
  readonly 'OS-SRV-USG:terminated_at'?: string | null;
  readonly 'os-extended-volumes:volumes_attached'?: readonly {
    readonly id: string;
    readonly delete_on_termination: boolean;
  }[];
  /** These need the right `os_compute_api:os-extended-server-attributes`, which only administrators have by default. */
  readonly 'OS-EXT-SRV-ATTR:root_device_name'?: string | null;
  readonly 'OS-EXT-SRV-ATTR:user_data'?: string | null;
  readonly 'OS-EXT-SRV-ATTR:hostname'?: string | null;
  readonly 'OS-EXT-SRV-ATTR:reservation_id'?: string | null;
  readonly 'OS-EXT-SRV-ATTR:launch_index'?: number;
  readonly 'OS-EXT-SRV-ATTR:kernel_id'?: string | null;
  readonly 'OS-EXT-SRV-ATTR:ramdisk_id'?: string | null;
}

/** Filters of a list of servers; what a user may not filter by is ignored by Nova, not refused. */
export interface ServerFilters {
  /** ISO 8601: changed at or after that time. Deleted servers are listed too, with status DELETED. */
  readonly 'changes-since'?: string;
  readonly name?: string;
  readonly status?: string;
  readonly ip?: string;
  /** For administrators. */
  readonly deleted?: boolean;
  readonly all_tenants?: boolean;
  readonly project_id?: string;
  readonly host?: string;
  readonly limit?: number;
  readonly marker?: string;
  readonly sort_key?: string;
  readonly sort_dir?: 'asc' | 'desc';
}

/**
 * Reads ask for 2.69 (Stein): 2.3 shows `delete_on_termination` of volumes, 2.47 names the flavor even when it is deleted
 * since, and from 2.69 on a server whose cell is down is listed with status UNKNOWN instead of missing from the list.
 */
const reading = '2.69';

/** 2.37 makes `networks` explicit: before it, a server without them gets what Nova chooses. Later only for what needs it. */
function creating(server: NewServer): string {
  if (server.hostname !== undefined) return '2.90';
  const typed = server.block_device_mapping_v2?.some((device) => device.volume_type !== undefined);
  return typed ? '2.67' : '2.37';
}

/** Accepted, not done: the server is in status BUILD. A repeat makes a second server. */
export async function createServer(
  session: Session,
  server: NewServer,
  signal?: AbortSignal,
): Promise<{ readonly id: string }> {
  const microversion = creating(server);
  const ask = { service: 'compute', method: 'POST', path: '/servers', body: { server }, microversion, signal } as const;
  return member(await session.ask(ask), 'compute', 'server');
}

export const server = (session: Session, id: string, signal?: AbortSignal): Promise<Server | undefined> =>
  lookUp(session, { service: 'compute', path: `/servers/${segment(id)}`, microversion: reading, signal }, 'server');

export const servers = (session: Session, filters: ServerFilters = {}, signal?: AbortSignal): AsyncIterable<Server> =>
  pages(
    session,
    { service: 'compute', path: '/servers/detail', query: filters as Query, microversion: reading, signal },
    'servers',
  );

/** As `servers`, all at once, with the time at Nova when it began to answer (epoch milliseconds), where it says so. */
export async function serversAt(
  session: Session,
  filters: ServerFilters,
  signal?: AbortSignal,
): Promise<{ readonly servers: readonly Server[]; readonly at: number | undefined }> {
  let at: number | undefined;
  const ask = {
    service: 'compute',
    path: '/servers/detail',
    query: filters as Query,
    microversion: reading,
    signal,
  } as const;
  const found: Server[] = [];
  for await (const one of pages<Server>(session, ask, 'servers', ({ headers }) => {
    const date = Date.parse(headers.date ?? '');
    at ??= Number.isNaN(date) ? undefined : date;
  }))
    found.push(one);
  return { servers: found, at };
}

/** Ids and names only: a tenth of the work for Nova. */
export const serverNames = (
  session: Session,
  filters: ServerFilters = {},
  signal?: AbortSignal,
): AsyncIterable<{ readonly id: string; readonly name: string }> =>
  pages(
    session,
    { service: 'compute', path: '/servers', query: filters as Query, microversion: reading, signal },
    'servers',
  );

/** True: going. False: there was none. */
export const deleteServer = (session: Session, id: string, signal?: AbortSignal): Promise<boolean> =>
  remove(session, { service: 'compute', path: `/servers/${segment(id)}`, signal });

/** Adds to or replaces members of the metadata; others stay. Answers all of it. */
export async function updateServerMetadata(
  session: Session,
  id: string,
  metadata: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const path = `/servers/${segment(id)}/metadata`;
  // The same members again change nothing.
  const reply = await session.ask({ service: 'compute', method: 'POST', path, body: { metadata }, safe: true, signal });
  return member(reply, 'compute', 'metadata');
}

/** False: there was no such member, or no such server. */
export const deleteServerMetadata = (
  session: Session,
  id: string,
  key: string,
  signal?: AbortSignal,
): Promise<boolean> =>
  remove(session, { service: 'compute', path: `/servers/${segment(id)}/metadata/${segment(key)}`, signal });

/** New name or description (2.19). */
export async function updateServer(
  session: Session,
  id: string,
  change: { readonly name?: string; readonly description?: string | null },
  signal?: AbortSignal,
): Promise<void> {
  const path = `/servers/${segment(id)}`;
  await session.ask({
    service: 'compute',
    method: 'PUT',
    path,
    body: { server: change },
    microversion: '2.19',
    signal,
  });
}
