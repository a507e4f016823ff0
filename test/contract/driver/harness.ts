import type { Call, Driver, Kind, MachineSpec, Seen, VolumeSpec } from '../../../src/ports/driver.ts';
import { DriverError } from '../../../src/ports/driver.ts';

/** A cloud under test, fresh and empty for each case. */
export interface Bench {
  readonly driver: Driver;
  /** Ends the driver as a crash would and gives a new one on the same cloud. */
  restart(): Promise<Driver>;
  /** Lets the cloud's time pass. */
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
  readonly region: string;
  readonly otherRegion: string;
  /** A zone of the region, a type that it has, and an image to launch. */
  /** Another type that the cloud has, larger than the sample's; where it resizes machines by itself. */
  readonly otherType?: string;
  readonly sample: Pick<MachineSpec, 'zone' | 'instanceType' | 'image' | 'imageName' | 'architecture'>;
  /** Interfaces of one more machine, where the cloud has networks of its own. */
  readonly interfaces?: () => MachineSpec['interfaces'];
  /** A zone of the region that takes exactly two machines of the type. */
  readonly small: { readonly zone: string; readonly instanceType: string };
}

/** The cases of the suite that may be skipped, each with the reason. */
export type Skips = Readonly<Record<string, string>>;

let numbered = 0;

/** An id that no other case uses. */
export const idOf = (prefix: string): string => `${prefix}-${(++numbered).toString(16).padStart(17, '0')}`;

export const callOf = (region: string, operation = idOf('op')): Call => ({
  account: '000000000000',
  region,
  operation,
  signal: new AbortController().signal,
});

/** Repeats a verb until it is settled, as an operation does. Fails when that takes more than `tries` looks. */
export async function settle<S extends Seen>(
  bench: Pick<Bench, 'wait'>,
  verb: () => Promise<S>,
  tries = 200,
): Promise<S> {
  for (let seen = await verb(); ; seen = await verb()) {
    if (seen.settled) return seen;
    if (--tries === 0) throw new Error('it never settles');
    await bench.wait(seen.lookAgainMs ?? 200);
  }
}

/** Ids of ours that the cloud lists. */
export async function listed<S extends Seen>(
  kind: Pick<Kind<never, S>, 'list'>,
  call: Call,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of kind.list(call)) ids.push(id);
  return ids.sort();
}

/** The trouble with which a verb is refused; `none` when it is not. Any other error is thrown on. */
export async function troubleOf(verb: Promise<unknown>): Promise<string> {
  try {
    await verb;
    return 'none';
  } catch (error) {
    if (error instanceof DriverError) return error.trouble;
    throw error;
  }
}

export const machineOf = ({ sample, interfaces }: Bench, more: Partial<MachineSpec> = {}): MachineSpec => ({
  ...sample,
  disks: [],
  interfaces: interfaces?.() ?? [
    { id: idOf('eni'), privateIp: '172.31.16.5', mac: '02:00:00:00:00:05', subnet: 'subnet-00000000000000001' },
  ],
  hostName: 'ip-172-31-16-5.ec2.internal',
  ...more,
});

export const volumeOf = ({ sample }: Bench, more: Partial<VolumeSpec> = {}): VolumeSpec => ({
  zone: sample.zone,
  sizeGiB: 1,
  type: 'gp3',
  encrypted: false,
  ...more,
});
