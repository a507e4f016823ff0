/** Numbers of bytes, which begin again after 2³². */
export const later = (seq: number, bytes: number): number => (seq + bytes) >>> 0;

/** Bytes from one number to another; negative when it is behind. */
export const distance = (from: number, to: number): number => (to - from) | 0;
