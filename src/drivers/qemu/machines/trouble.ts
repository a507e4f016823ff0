import { DriverError } from '../../../ports/driver.ts';
import { QmpError } from '../qmp/qmp.ts';

/** What QEMU refuses, or leaves without an answer, is trouble of the cloud's. */
export function troubleOf(id: string, error: unknown): unknown {
  if (error instanceof DriverError || !(error instanceof Error)) return error;
  const isQemu =
    error instanceof QmpError || error.name === 'QmpGone' || error.message.startsWith('QEMU did not answer');
  const { code } = error as NodeJS.ErrnoException;
  if (isQemu || code === 'ENOSPC' || code === 'EMFILE')
    return new DriverError('unavailable', `the machine ${id}: ${error.message}`, { cause: error });
  return error;
}
