/**
 * What is said with QEMU: the commands that are given here, with what they take and return, and the events that are heard. Only
 * what is used of them; QEMU's own reference of QMP has the rest. A command or an event that is not here does not compile.
 */

/** A command: what it takes (`undefined`: nothing) and what it returns. */
interface Command<Takes, Returns = void> {
  readonly takes: Takes;
  readonly returns: Returns;
}

/** A block node of a qcow2 file, as `blockdev-add` opens it. */
export interface NewNode {
  readonly driver: 'qcow2';
  readonly 'node-name': string;
  readonly discard?: 'unmap';
  /** `null`: it stands on nothing yet; absent: on what the file says. */
  readonly backing?: null;
  readonly file: { readonly driver: 'file'; readonly filename: string; readonly discard?: 'unmap' };
}

/** A disk, as `device_add` plugs it in. */
export interface NewDisk {
  readonly driver: 'virtio-blk-pci' | 'nvme';
  readonly id: string;
  readonly bus: string;
  /** Its block node. */
  readonly drive: string;
  readonly serial: string;
}

/** A network interface, as `device_add` plugs it in. */
export interface NewNic {
  readonly driver: 'virtio-net-pci';
  readonly id: string;
  readonly bus: string;
  readonly netdev: string;
  readonly mac: string;
  readonly host_mtu: number;
  readonly romfile: '';
}

/** What an interface is connected to: a Unix socket at which QEMU waits. */
export interface NewNetdev {
  readonly type: 'stream';
  readonly id: string;
  readonly server: true;
  readonly addr: { readonly type: 'unix'; readonly path: string };
}

export interface BlockNode {
  readonly 'node-name'?: string;
  readonly file: string;
  readonly backing_file_depth: number;
}

export interface BlockStats {
  /** Where its device is; absent where it has none. */
  readonly qdev?: string;
  readonly stats: { readonly rd_bytes: number; readonly wr_bytes: number };
}

export interface Job {
  readonly id: string;
  readonly status: string;
  readonly error?: string;
}

/** A job of a name. */
type OfJob = Command<{ readonly id: string }>;

/** Ends where the chain has a file of this name. */
interface Stream {
  readonly 'job-id': string;
  /** The node that is filled. */
  readonly device: string;
  readonly base: string;
  /** What is written into the file as what it stands on. */
  readonly 'backing-file': string;
  readonly 'auto-finalize': false;
  readonly 'auto-dismiss': true;
}

/** All of them at one point in time, or none. */
interface Transaction {
  readonly actions: readonly {
    readonly type: 'blockdev-snapshot';
    readonly data: { readonly node: string; readonly overlay: string };
  }[];
}

export interface Commands {
  readonly qmp_capabilities: Command<undefined>;
  readonly 'query-status': Command<undefined, { readonly status: string }>;
  readonly quit: Command<undefined>;
  readonly stop: Command<undefined>;
  readonly cont: Command<undefined>;
  readonly system_powerdown: Command<undefined>;
  readonly system_reset: Command<undefined>;
  readonly 'blockdev-add': Command<NewNode>;
  readonly 'blockdev-del': Command<{ readonly 'node-name': string }>;
  readonly block_resize: Command<{ readonly 'node-name': string; readonly size: number }>;
  readonly 'block-stream': Command<Stream>;
  readonly transaction: Command<Transaction>;
  readonly 'query-jobs': Command<undefined, readonly Job[]>;
  readonly 'job-cancel': OfJob;
  readonly 'job-finalize': OfJob;
  readonly 'job-dismiss': OfJob;
  readonly 'query-named-block-nodes': Command<{ readonly flat: boolean }, readonly BlockNode[]>;
  readonly 'query-blockstats': Command<undefined, readonly BlockStats[]>;
  readonly netdev_add: Command<NewNetdev>;
  readonly netdev_del: Command<{ readonly id: string }>;
  readonly device_add: Command<NewDisk | NewNic>;
  readonly device_del: Command<{ readonly id: string }>;
  readonly 'qom-list': Command<{ readonly path: string }, readonly { readonly name: string }[]>;
  readonly 'query-chardev': Command<undefined, readonly { readonly label: string; readonly filename: string }[]>;
  readonly screendump: Command<{ readonly filename: string }>;
  readonly 'send-key': Command<{
    readonly keys: readonly { readonly type: 'qcode'; readonly data: string }[];
    readonly 'hold-time': number;
  }>;
  readonly 'human-monitor-command': Command<{ readonly 'command-line': string }, string>;
}

export type CommandName = keyof Commands;

/** Behind a command's name: what it takes, and how long it may take, in milliseconds. */
export type Given<Name extends CommandName> = Commands[Name]['takes'] extends undefined
  ? readonly [args?: undefined, timeoutMs?: number]
  : readonly [args: Commands[Name]['takes'], timeoutMs?: number];

export type Returned<Name extends CommandName> = Commands[Name]['returns'];

export interface Events {
  /** A device has been let go; without an id where it is a part of one. */
  readonly DEVICE_DELETED: { readonly device?: string; readonly path: string };
  readonly GUEST_PANICKED: { readonly action: 'pause' | 'poweroff' | 'run' };
  readonly RESET: { readonly guest: boolean; readonly reason: string };
  readonly SHUTDOWN: { readonly guest: boolean; readonly reason: string };
}
