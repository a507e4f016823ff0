/** Abilities are data; the default is "no". Each is reachable by a request, and its absence is a documented refusal. */
export interface Capabilities {
  readonly consoleLog: boolean;
  /** What the console told is the newest for machines of every type; else only where the type's hypervisor is `nitro`, as on AWS. */
  readonly latestConsole: boolean;
  readonly volumes: boolean;
  /** A volume is encrypted because its request wants it so; a copy of what is encrypted is encrypted in any case. */
  readonly encryptedVolumes: boolean;
  /** A volume can be attached to several machines at once. */
  readonly multiAttach: boolean;
  /** A volume that is there can become one of another type. Every volume can grow. */
  readonly otherVolumeTypes: boolean;
  /** A volume is as fast as its request says; else its type alone says it, and what is beyond the type's usual is refused. */
  readonly volumePerformance: boolean;
  /** The volume that a machine boots from can be taken from it while it is off. */
  readonly detachRoot: boolean;
  readonly snapshots: boolean;
  readonly images: boolean;
  /** Kernel and ramdisk can be chosen at a launch, other than the image's own. */
  readonly kernelImages: boolean;
  /** An image can be made of an instance whose root is the machine's own disk. */
  readonly ownDiskImages: boolean;
  /** An image that stands on snapshots can be shared with other accounts. */
  readonly shareSnapshotImages: boolean;
  /** Disks may be called `/dev/vdb` to `/dev/vdz`, as the guests of this cloud call them. */
  readonly virtioNames: boolean;
  readonly elasticIps: boolean;
  /** An Elastic IP that was released can be had again by its address: the core gives them out, not the cloud. */
  readonly chosenAddresses: boolean;
  /** Instances can have public addresses that are theirs while they run. */
  readonly automaticAddresses: boolean;
  /** Rules may be about port 0 alone, and let protocols of one version of IP pass for blocks of the other. */
  readonly everyRule: boolean;
  /** An interface may carry traffic of others: its source and destination are not checked any more. */
  readonly sourceDestCheck: boolean;
  /** A machine's own disks stay when it is off: it can be stopped although its root is no volume. */
  readonly localDisksStay: boolean;
  /** A machine has all disks that come with its type, behind its volumes, whatever the block device mapping says. */
  readonly ownDisks: boolean;
  /** A machine that is off can become one of another type. */
  readonly otherTypes: boolean;
  /** A machine has a screen, of which there are pictures. */
  readonly screenshots: boolean;
  /** The serial port and the screen of a machine can be opened, to type into. */
  readonly openConsoles: boolean;
}
