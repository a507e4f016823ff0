import type { Qmp } from '../qmp/qmp.ts';

/**
 * Who has a volume's file open. QEMU locks what it has open, so whatever is done to a volume that a machine holds is done
 * by that machine's QEMU.
 */
export interface Holders {
  /**
   * The machine that has the volume's file open now; undefined when none has, and then nobody opens it before `work` ends.
   * While `work` runs, the machine neither lets the volume go nor ends by our doing.
   */
  withVolume<T>(volume: string, work: (holder: Holder | undefined) => Promise<T>): Promise<T>;
}

export interface Holder {
  /** The instance. */
  readonly machine: string;
  /** Its machine opened the volume's top as a node called by the volume's id; `nodesOf` tells which node is the top now. */
  readonly qmp: Qmp;
}

/** What machines need of the volumes. */
export interface VolumeFiles {
  /** The file that a machine opens for a volume (qcow2, absolute path); undefined when there is no such volume. */
  fileOf(volume: string): Promise<string | undefined>;
}
