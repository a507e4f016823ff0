export interface DiskSpec {
  /** Device name that the caller asked for, such as `/dev/xvda`. */
  readonly device: string;
  readonly volume: string;
}

/** A network interface of a machine. */
export interface InterfaceSpec {
  readonly id: string;
  /** The primary address, which the guest is given. */
  readonly privateIp: string;
  /** Further addresses of the same subnet, which are the machine's too, and which public ones may be associated with. */
  readonly secondaryIps?: readonly string[];
  readonly mac: string;
  readonly subnet: string;
  /** Security groups, by our ids, where the cloud has its own. */
  readonly groups?: readonly string[];
  /** False: it carries traffic of others, too; told where the cloud can do that. */
  readonly sourceDestCheck?: boolean;
  /** The automatic public address of the primary address, where the cloud takes those. A machine that runs has it at once. */
  readonly publicIp?: string;
}

export interface MachineSpec {
  readonly zone: string;
  readonly instanceType: string;
  readonly image: string;
  /** Name of the image, for consoles and logs. */
  readonly imageName: string;
  readonly architecture: string;
  readonly kernel?: string;
  readonly ramdisk?: string;
  /** Only where it is not `legacy-bios`. */
  readonly bootMode?: 'uefi';
  readonly disks: readonly DiskSpec[];
  readonly interfaces: readonly InterfaceSpec[];
  readonly keyName?: string;
  readonly publicKey?: string;
  /** Base64, as the client sent it. */
  readonly userData?: string;
  readonly hostName: string;
  /** Networks that an answer with a token of the metadata service may cross; told where the cloud's network is ours. */
  readonly tokenHops?: number;
  /** Where the cloud shows tags. */
  readonly tags?: Readonly<Record<string, string>>;
}
