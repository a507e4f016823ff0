import type { DiskSpec, MachineSpec } from '../../ports/driver.ts';
import { bootLines, endLines, plugLine } from './linux.ts';
import { disksAt, type MachineParts, type MachineRecord } from './machine.ts';
import type { Line } from './story.ts';
import { windowsLines } from './windows.ts';

/** A machine whose console is read. */
export interface Subject {
  readonly id: string;
  readonly machine: MachineRecord;
  readonly parts: MachineParts;
  /** From power on until the login prompt, in milliseconds. */
  readonly bootMs: number;
}

/** One boot of a machine. */
export interface Boot {
  readonly id: string;
  readonly spec: MachineSpec;
  readonly at: number;
  readonly bootMs: number;
  /** The first of its life: the only one that makes keys and runs user data. */
  readonly first: boolean;
  readonly disks: readonly DiskSpec[];
}

/** How a boot ended, or is about to. `cut`: without a word. */
export interface End {
  readonly kind: 'reboot' | 'off' | 'cut';
  readonly askedAt: number;
  readonly at: number;
}

/** As much as EC2 keeps of a console: the newest 64 KiB. */
const most = 64 * 1024;

/**
 * What a machine wrote until now: how its last boot went, before it how the system went down for that reboot, after it
 * what happened since. A function of what is kept and the time. Undefined before the first line.
 */
export function consoleOf(
  subject: Subject,
  now: number,
): { readonly text: Uint8Array; readonly at: number } | undefined {
  const lines = story(subject, now).filter(({ at }) => at <= now);
  const last = lines.at(-1);
  if (last === undefined) return undefined;
  const text = Buffer.from(lines.map((line) => `${line.text}\r\n`).join(''));
  return { text: text.length > most ? text.subarray(text.length - most) : text, at: last.at };
}

function story({ id, machine, parts, bootMs }: Subject, now: number): readonly Line[] {
  const { spec, bootedAt, starts } = machine;
  const reboots = parts.reboots.filter(({ askedAt, bootsAt }) => bootsAt >= bootedAt && !offBefore(machine, askedAt));
  const begun = reboots.filter(({ bootsAt }) => bootsAt <= now && !offBefore(machine, bootsAt));
  const current = begun.at(-1);
  const at = current?.bootsAt ?? bootedAt;
  const first = starts === 1 && current === undefined;
  const boot: Boot = { id, spec, at, bootMs, first, disks: disksAt(spec, parts, at) };
  const before = current && { kind: 'reboot' as const, askedAt: current.askedAt, at: current.bootsAt };
  const beforeBoot = begun.at(-2)?.bootsAt ?? bootedAt;
  const end = endOf(machine, reboots[begun.length]);
  const windows = /windows/i.test(spec.imageName);
  const lines = windows ? windowsLines(boot) : [...bootLines(boot), ...plugs(boot, parts)];
  if (windows) return end === undefined ? lines : lines.filter((line) => line.at <= end.askedAt);
  return [
    ...(before === undefined ? [] : endLines(before, beforeBoot)),
    ...lines.filter((line) => end === undefined || line.at <= end.askedAt).sort((one, other) => one.at - other.at),
    ...(end === undefined || end.askedAt < at ? [] : endLines(end, at)),
  ];
}

const offBefore = ({ power, askedAt }: MachineRecord, at: number): boolean => power === 'off' && askedAt <= at;

function endOf(machine: MachineRecord, next: MachineParts['reboots'][number] | undefined): End | undefined {
  if (machine.power === 'off') {
    return { kind: machine.cut ? 'cut' : 'off', askedAt: machine.askedAt, at: machine.changesAt };
  }
  if (machine.goneAt !== undefined)
    return { kind: 'off', askedAt: machine.goingSince ?? machine.goneAt, at: machine.goneAt };
  return next && { kind: 'reboot', askedAt: next.askedAt, at: next.bootsAt };
}

/** Disks that came and went while the system was up. */
function plugs(boot: Boot, { disks }: MachineParts): readonly Line[] {
  return [...disks]
    .filter(([, { changesAt }]) => changesAt > boot.at)
    .map(([volume, disk]) => plugLine(boot.at, volume, disk));
}
