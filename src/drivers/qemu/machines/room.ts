import { hardwareOf } from '../../../facts/hardware.ts';
import { DriverError } from '../../../ports/driver.ts';
import type { Limits, QemuSettings } from '../settings.ts';

/** What QEMU itself takes besides the guest's memory, in MiB: its own, and translated code where nothing accelerates. */
const overheadMiB = 160;

/** A machine that takes room. */
export interface Taking {
  readonly zone: string;
  readonly instanceType: string;
}

/** The hardware of a type that machines here can be. */
export function hardwareHere(instanceType: string) {
  const hardware = hardwareOf(instanceType);
  if (hardware === undefined || !hardware.architectures.includes('x86_64'))
    throw new DriverError('unsupported', `there are no machines of type ${instanceType} here`);
  return hardware;
}

/** How many more machines of a type a zone takes: what its own limit and the host's leave. Memory is never given out twice. */
export function roomFor({ zone, instanceType }: Taking, taken: readonly Taking[], settings: QemuSettings): number {
  const { vcpus, memoryMiB } = hardwareHere(instanceType);
  const here = settings.zones.find((one) => one.name === zone);
  if (here === undefined) return 0;
  const inZone = taken.filter((one) => one.zone === zone);
  const fits = (limits: Limits, among: readonly Taking[]): number => {
    const sums = among.map((one) => hardwareHere(one.instanceType));
    const left = {
      machines: (limits.machines ?? Number.POSITIVE_INFINITY) - among.length,
      memory:
        (limits.memoryMiB ?? Number.POSITIVE_INFINITY) - sums.reduce((sum, h) => sum + h.memoryMiB + overheadMiB, 0),
      vcpus: (limits.vcpus ?? Number.POSITIVE_INFINITY) - sums.reduce((sum, h) => sum + h.vcpus, 0),
    };
    return Math.min(left.machines, left.memory / (memoryMiB + overheadMiB), left.vcpus / vcpus);
  };
  return Math.max(0, Math.floor(Math.min(fits(here, inZone), fits(settings.host, taken))));
}

export const noRoom = ({ zone, instanceType }: Taking): DriverError =>
  new DriverError('no-capacity', `zone ${zone} has no room for another ${instanceType}`);
