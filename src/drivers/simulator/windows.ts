import { createHash } from 'node:crypto';
import { hardwareOf } from '../../facts/hardware.ts';
import type { Boot } from './console.ts';
import { type Line, spread } from './story.ts';
import { readUserData } from './user-data.ts';

/** What EC2's launch agent for Windows writes while the system comes up. Windows has no word for going down. */
export function windowsLines({ id, spec, at, bootMs, first }: Boot): readonly Line[] {
  const hardware = hardwareOf(spec.instanceType);
  const digest = createHash('sha1').update(`${id} rdp`).digest('hex').toUpperCase();
  const texts = [
    ...(first ? ['Windows sysprep configuration complete.'] : []),
    `AMI Origin Name: ${spec.imageName}`,
    `AMI-ID: ${spec.image}`,
    `Instance-ID: ${id}`,
    `Instance-Type: ${spec.instanceType} (${hardware?.vcpus} vCPUs, ${hardware?.memoryMiB} MiB)`,
    `Availability-Zone: ${spec.zone}`,
    `Hostname: ${spec.hostName}`,
    ...spec.interfaces.map(({ privateIp, mac }) => `Network: ${privateIp} (${mac})`),
    `RDPCERTIFICATE-SUBJECTNAME: EC2AMAZ-${digest.slice(0, 7)}`,
    `RDPCERTIFICATE-THUMBPRINT: ${digest}`,
    ...(first && spec.userData !== undefined ? tellScripts(spec.userData) : []),
    'Message: Windows is Ready to use',
  ];
  return spread(
    texts.map((text) => (when: number) => `${dateOf(when)}: ${text}`),
    at,
    at + bootMs,
  );
}

/** `2026/11/22 03:11:46Z`, as the agent has it. */
const dateOf = (at: number): string =>
  new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll('-', '/')
    .replace('T', ' ');

/** The scripts between `<powershell>` or `<script>` tags, shown line by line. */
function tellScripts(base64: string): readonly string[] {
  const data = readUserData(base64);
  if ('trouble' in data) return [`User data: ${data.trouble}`];
  const blocks = [...data.text.matchAll(/<(powershell|script)>([\s\S]*?)<\/\1>/gi)];
  if (blocks.length === 0) return ['User data: no <powershell> or <script> tags found'];
  return blocks.flatMap(([, tag = '', body = '']) => {
    const lines = body.split(/\r?\n/).filter((line) => line.trim() !== '');
    return [`User data: <${tag}> started`, ...lines.map((line) => `+ ${line.trim()}`)];
  });
}
