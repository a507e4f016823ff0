import { hardwareOf } from '../../facts/hardware.ts';
import type { Boot, End } from './console.ts';
import { hostKeyLines, keyFingerprint } from './host-keys.ts';
import type { DiskRecord } from './machine.ts';
import { type Line, spread, stamp } from './story.ts';
import { readUserData, tellUserData } from './user-data.ts';

/** Where the phases of a boot begin, as shares of the time to the login prompt. */
const phases = { cloudInit: 0.35, network: 0.5, config: 0.7, final: 0.8 };

/** How a Linux system boots: kernel, cloud-init with its user data, login prompt. */
export function bootLines(boot: Boot): readonly Line[] {
  const { at, bootMs } = boot;
  const phase = (from: number, to: number, texts: readonly ((at: number) => string)[]) =>
    spread(texts, at + bootMs * from, at + bootMs * to);
  return [
    ...phase(0, phases.cloudInit, kernel(boot)),
    ...phase(phases.cloudInit, phases.network, localStage(boot)),
    ...phase(phases.network, phases.config, networkStage(boot)),
    ...phase(phases.config, phases.final, configStage(boot)),
    ...phase(phases.final, 1, finalStage(boot)),
  ];
}

type Telling = (at: number) => string;

/** The words of the kernel, stamped. */
const kernelSays =
  (bootedAt: number, text: string): Telling =>
  (at) =>
    stamp(at, bootedAt) + text;

function kernel({ id, spec, at, disks }: Boot): readonly Telling[] {
  const hardware = hardwareOf(spec.instanceType);
  const vcpus = hardware?.vcpus ?? 1;
  const memoryMiB = hardware?.memoryMiB ?? 0;
  const machine = spec.architecture === 'arm64' ? 'aarch64' : spec.architecture === 'i386' ? 'i686' : 'x86_64';
  const says = [
    `Linux version 6.1.0-simulator (${machine}) #1 SMP`,
    `Command line: BOOT_IMAGE=${spec.kernel ?? '/boot/vmlinuz'} ${spec.ramdisk ? `initrd=${spec.ramdisk} ` : ''}root=${disks[0]?.device ?? '/dev/sda1'} console=tty0 console=ttyS0,115200n8`,
    `DMI: Amazon EC2 ${spec.instanceType}/, BIOS 1.0`,
    `Memory: ${memoryMiB * 1024}K available`,
    `smp: Bringing up secondary CPUs ...`,
    `smp: Brought up 1 node, ${vcpus} CPU${vcpus === 1 ? '' : 's'}`,
    ...disks.map(({ device, volume }) => `${device}: disk ${volume}`),
    ...spec.interfaces.map(({ id: eni, mac }, index) => `eth${index}: ${eni}, address ${mac}`),
    `EXT4-fs (${rootName(disks[0]?.device)}): mounted filesystem with ordered data mode`,
    `systemd[1]: Detected architecture ${machine}.`,
    `systemd[1]: Hostname set to <${shortName(spec.hostName)}>.`,
    `systemd[1]: Initializing machine ID from instance ${id}.`,
  ];
  return says.map((text) => kernelSays(at, text));
}

const rootName = (device: string | undefined): string => (device ?? '/dev/sda1').replace('/dev/', '');
const shortName = (hostName: string): string => hostName.split('.')[0] ?? hostName;

/** How cloud-init opens each of its stages. */
const stage =
  (bootedAt: number, name: string): Telling =>
  (at) =>
    `cloud-init[${pids[name]}]: Cloud-init v. 24.1 running '${name}' at ${dateOf(at)}. Up ${upOf(at, bootedAt)} seconds.`;

/** Process numbers of cloud-init's stages; any will do, as long as they grow. */
const pids: Readonly<Record<string, number>> = {
  'init-local': 412,
  init: 497,
  'modules:config': 731,
  'modules:final': 803,
};

const dateOf = (at: number): string => new Date(at).toUTCString().replace('GMT', '+0000');
const upOf = (at: number, bootedAt: number): string => ((at - bootedAt) / 1000).toFixed(2);
const plain =
  (text: string): Telling =>
  () =>
    text;

function localStage({ id, spec, at }: Boot): readonly Telling[] {
  const facts = [
    `instance-id: ${id}`,
    `image: ${spec.image} (${spec.imageName})`,
    `instance-type: ${spec.instanceType} (${vcpuText(spec.instanceType)})`,
    `availability-zone: ${spec.zone}`,
    `local-hostname: ${spec.hostName}`,
    `local-ipv4: ${spec.interfaces[0]?.privateIp ?? 'none'}`,
  ];
  return [stage(at, 'init-local'), ...facts.map((fact) => plain(`cloud-init[${pids['init-local']}]: ${fact}`))];
}

function vcpuText(type: string): string {
  const hardware = hardwareOf(type);
  return hardware === undefined ? 'unknown' : `${hardware.vcpus} vCPUs, ${hardware.memoryMiB} MiB`;
}

function networkStage({ id, spec, at, first }: Boot): readonly Telling[] {
  const rule = (title: string): string => `ci-info: ${title.padStart(34 + title.length / 2, '+').padEnd(68, '+')}`;
  const devices = spec.interfaces.map(
    ({ privateIp, mac }, index) => `ci-info: | eth${index} | True | ${privateIp.padEnd(15)} | ${mac} |`,
  );
  return [
    stage(at, 'init'),
    ...[rule('Net device info'), ...devices].map(plain),
    ...(first
      ? [plain('Generating public/private ed25519 key pair.'), plain(`cloud-init: host keys of ${id} made`)]
      : []),
  ];
}

function configStage({ spec, at, first }: Boot): readonly Telling[] {
  const user = defaultUser(spec.imageName);
  const key = spec.publicKey === undefined ? undefined : keyFingerprint(spec.publicKey);
  const keys =
    key === undefined
      ? [`ci-info: no authorized SSH keys fingerprints found for user ${user}.`]
      : [
          `ci-info: Authorized keys from /home/${user}/.ssh/authorized_keys for user ${user}`,
          `ci-info: | ${key.type} | ${key.fingerprint} | - | ${key.comment ?? spec.keyName ?? '-'} |`,
        ];
  return [stage(at, 'modules:config'), ...(first ? keys.map(plain) : [])];
}

/** The user that the publisher of an image made for logging in. */
function defaultUser(imageName: string): string {
  if (imageName.startsWith('ubuntu/')) return 'ubuntu';
  return imageName.startsWith('debian-') ? 'admin' : 'ec2-user';
}

function finalStage({ id, spec, at, first }: Boot): readonly Telling[] {
  const host = shortName(spec.hostName);
  const pid = pids['modules:final'];
  const userData = first && spec.userData !== undefined ? tellUserData(readUserData(spec.userData)) : [];
  return [
    stage(at, 'modules:final'),
    ...userData.map((text) => plain(`cloud-init[${pid}]: ${text}`)),
    ...(first
      ? hostKeyLines(id, host).map(
          (text): Telling =>
            (when) =>
              text.replace('DATE', syslogDate(when)),
        )
      : []),
    (when) =>
      `cloud-init[${pid}]: Cloud-init v. 24.1 finished at ${dateOf(when)}. Datasource DataSourceEc2Local.  Up ${upOf(when, at)} seconds`,
    plain(''),
    plain(`${host} login: `),
  ];
}

/** `Nov 22 03:11:46`, as syslog has it. */
function syslogDate(at: number): string {
  const [, day, month, , time] = new Date(at).toUTCString().split(' ');
  return `${month} ${day} ${time}`;
}

/** How a system goes down. */
export function endLines(end: End, bootedAt: number): readonly Line[] {
  if (end.kind === 'cut') return [];
  const target = end.kind === 'reboot' ? 'System Reboot' : 'System Power Off';
  const last = end.kind === 'reboot' ? 'reboot: Restarting system' : 'reboot: Power down';
  const texts = [
    `systemd[1]: Stopping ${end.kind === 'reboot' ? 'for a reboot' : 'for a power off'} at ${dateOf(end.askedAt)}.`,
    'systemd[1]: Unmounting all filesystems.',
    `systemd[1]: Reached target ${target}.`,
    'systemd-shutdown[1]: Syncing filesystems and block devices.',
    'systemd-shutdown[1]: All filesystems unmounted.',
    last,
  ];
  return spread(
    texts.map((text) => kernelSays(bootedAt, text)),
    end.askedAt,
    end.at,
  );
}

/** A disk that came or went while the system was up. */
export function plugLine(bootedAt: number, volume: string, { device, attached, changesAt }: DiskRecord): Line {
  const text = attached ? `${device}: disk ${volume} attached` : `${device}: disk ${volume} detached`;
  return { at: changesAt, text: stamp(changesAt, bootedAt) + text };
}
