/** Of a sector, in bytes. */
export const sector = 512;
/** Where the first partition on the disk begins, in sectors: before it is the room for a boot loader. */
export const firstSector = 2048;

/** A partition, in sectors. */
export interface Partition {
  readonly kind: 'linux' | 'efi';
  readonly first: number;
  readonly sectors: number;
}

const code = 440;
const table = 446;
const entryBytes = 16;
const kinds = { linux: 0x83, efi: 0xef } as const;
const bootable = 0x80;
/** Cylinder, head and sector of what is beyond those. */
const beyond = [0xfe, 0xff, 0xff] as const;

/** The first sector of a disk: boot code, a signature that tells disks apart, and partitions: of the first one BIOS boots. */
export function bootRecord(bootCode: Buffer, signature: number, partitions: readonly Partition[]): Buffer {
  const record = Buffer.alloc(sector);
  bootCode.copy(record, 0, 0, code);
  record.writeUInt32LE(signature, code);
  for (const [at, { kind, first, sectors }] of partitions.entries()) {
    const entry = table + at * entryBytes;
    record.set([at === 0 ? bootable : 0, ...beyond, kinds[kind], ...beyond], entry);
    record.writeUInt32LE(first, entry + 8);
    record.writeUInt32LE(sectors, entry + 12);
  }
  record.set([0x55, 0xaa], 510);
  return record;
}
