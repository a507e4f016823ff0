import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { DriverError } from '../../ports/driver.ts';
import { besides, fileTrouble, makeFolder, settleFile } from './records.ts';

/** A file that a machine sees as flash memory. */
export interface Flash {
  readonly file: string;
  readonly format: 'raw' | 'qcow2';
}

/** UEFI for machines: its code, and the variables that a new machine begins with. */
export interface Firmware {
  readonly code: Flash;
  readonly variables: Flash;
}

/** What has to be done where there is none. */
export const howToInstallFirmware = 'install it (Debian: apt-get install ovmf; Fedora: dnf install edk2-ovmf)';

/** Where QEMU's description of firmware says that descriptions are; the first of a name hides others. */
const folders = [
  join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'qemu/firmware'),
  ...['/etc/qemu/firmware', '/usr/local/share/qemu/firmware', '/opt/homebrew/share/qemu/firmware'],
  '/usr/share/qemu/firmware',
];

/** Where distributions and Homebrew keep it that describe nothing: code and variables. */
const known = [
  ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
  ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
  ['/opt/homebrew/share/qemu/edk2-x86_64-code.fd', '/opt/homebrew/share/qemu/edk2-i386-vars.fd'],
  ['/usr/local/share/qemu/edk2-x86_64-code.fd', '/usr/local/share/qemu/edk2-i386-vars.fd'],
] as const;

/** The UEFI firmware of this computer for machines as they are here; undefined: there is none. */
export function findFirmware(
  described: readonly string[] = folders,
  elsewhere: readonly (readonly [code: string, variables: string])[] = known,
): Firmware | undefined {
  const paths = new Map<string, string>();
  for (const folder of described)
    for (const name of readable(() => readdirSync(folder)) ?? [])
      if (!paths.has(name)) paths.set(name, join(folder, name));
  const inOrder = [...paths]
    .filter(([name]) => name.endsWith('.json'))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const fits = inOrder.flatMap(([, path]) => fitting(readable(() => readFileSync(path, 'utf8')) ?? '') ?? []);
  const others = elsewhere.map(([code, variables]) => ({ code: raw(code), variables: raw(variables) }));
  return [...fits, ...others].find(({ code, variables }) => existsSync(code.file) && existsSync(variables.file));
}

/** What is read; undefined: it is not there, or not for whoever runs this. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

const raw = (file: string): Flash => ({ file, format: 'raw' });

interface Description {
  readonly 'interface-types': readonly string[];
  readonly mapping: {
    readonly device: string;
    readonly executable?: { readonly filename: string; readonly format: string };
    readonly 'nvram-template'?: { readonly filename: string; readonly format: string };
  };
  readonly targets: readonly { readonly architecture: string; readonly machines?: readonly string[] }[];
  readonly features: readonly string[];
}

/** What machines here have not: system management mode, and secure boot, which an owner of keys has to ask for. */
const unwanted = ['requires-smm', 'enrolled-keys'];

/** The firmware that a description is of, if it fits machines here. One that nobody can read is none. */
function fitting(text: string): Firmware | undefined {
  const of = parsed(text);
  const template = of?.mapping?.['nvram-template'];
  if (of?.mapping?.device !== 'flash' || template === undefined) return undefined;
  const fits =
    of['interface-types']?.includes('uefi') &&
    of.targets?.some(
      ({ architecture, machines }) => architecture === 'x86_64' && machines?.some((each) => each.startsWith('pc-q35-')),
    ) &&
    !unwanted.some((feature) => of.features?.includes(feature));
  const [code, variables] = [of.mapping.executable && flash(of.mapping.executable), flash(template)];
  return fits && code && variables ? { code, variables } : undefined;
}

function parsed(text: string): Partial<Description> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const flash = ({
  filename: file,
  format,
}: {
  readonly filename: string;
  readonly format: string;
}): Flash | undefined => (format === 'raw' || format === 'qcow2' ? { file, format } : undefined);

/**
 * The firmware of one machine. Its variables are in its folder, and stay there as long as it does: they are called as the
 * file that they began as, for another firmware's are none that this one understands. They are there whole, or not at all.
 */
export async function firmwareOf(folder: string, firmware: Firmware | undefined): Promise<Firmware> {
  if (firmware === undefined)
    throw new DriverError('unsupported', `this computer has no UEFI firmware: ${howToInstallFirmware}`);
  const file = join(folder, `nvram-${basename(firmware.variables.file)}`);
  if (!existsSync(file)) {
    const half = besides(file);
    try {
      await makeFolder(folder);
      await copyFile(firmware.variables.file, half);
      await settleFile(half, file);
    } catch (error) {
      await rm(half, { force: true });
      throw fileTrouble(error, `${file} cannot be made`);
    }
  }
  return { code: firmware.code, variables: { ...firmware.variables, file } };
}
