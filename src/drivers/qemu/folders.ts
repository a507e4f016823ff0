import { join } from 'node:path';

/** Where the driver of a region keeps everything. One folder a thing, named by our id. */
export interface Folders {
  readonly root: string;
  /** `machines/i-…/`: what QEMU of a machine has: sockets, console, its record. */
  machine(id: string): string;
  /** `volumes/vol-…/`: its record, and its layers `disk.qcow2`, `disk-1.qcow2`, …: the last is the top (`VolumeFiles.fileOf` tells it). */
  volume(id: string): string;
  /** `snapshots/snap-…/`: its record, which names a layer; that of an image’s snapshot is here, too. */
  snapshot(id: string): string;
  /** `images/ami-…/`: `image.json` and what the image is made of. */
  image(id: string): string;
  /** `network/`: the switch's sockets and the state it was given last. */
  readonly network: string;
}

export function createFolders(root: string): Folders {
  const of = (kind: string) => (id: string) => join(root, kind, id);
  return {
    root,
    machine: of('machines'),
    volume: of('volumes'),
    snapshot: of('snapshots'),
    image: of('images'),
    network: join(root, 'network'),
  };
}

/** The socket at which the QEMU of a machine waits for the switch, for one of its interfaces (in the machine's folder). */
export const wireOf = (machineFolder: string, eni: string): string => join(machineFolder, `${eni}.wire`);
