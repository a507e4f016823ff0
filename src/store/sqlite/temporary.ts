import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}

/** A file in a new folder that goes away when it is removed, or at the latest when the process exits by itself. */
export function temporaryFile(): { readonly file: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-'));
  if (folders.size === 0) process.once('exit', removeAll);
  folders.add(folder);
  return {
    file: join(folder, 'store.db'),
    remove() {
      rmSync(folder, { recursive: true, force: true });
      folders.delete(folder);
      if (folders.size === 0) process.off('exit', removeAll);
    },
  };
}
