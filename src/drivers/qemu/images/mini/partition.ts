/** Of a sector, in bytes. */
export const sector = 512;
/** Where the only partition begins, in sectors: before it is the room for a boot loader. */
export const firstSector = 2048;

const code = 440;
const linux = 0x83;
/** Cylinder, head and sector of what is beyond those. */
const beyond = [0xfe, 0xff, 0xff] as const;

/** The first sector of a disk: boot code, a signature that tells disks apart, and one partition that is booted from. */
export function bootRecord(bootCode: Buffer, signature: number, sectors: number): Buffer {
  const record = Buffer.alloc(sector);
  bootCode.copy(record, 0, 0, code);
  record.writeUInt32LE(signature, code);
  record.set([0x80, ...beyond, linux, ...beyond], 446);
  record.writeUInt32LE(firstSector, 454);
  record.writeUInt32LE(sectors, 458);
  record.set([0x55, 0xaa], 510);
  return record;
}
