import { gunzipSync } from 'node:zlib';

/** User data packed so well that it opens to more than this is not read. */
const mostUnpacked = 1024 * 1024;

/** User data as text, unpacked if it was packed with gzip; or why it cannot be read. */
export type UserData = { readonly text: string } | { readonly trouble: string };

/** Reads user data as the client sent it, in base64. */
export function readUserData(base64: string): UserData {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { text: bytes.toString() };
  try {
    return { text: gunzipSync(bytes, { maxOutputLength: mostUnpacked }).toString() };
  } catch (error) {
    return { trouble: `user data looks like gzip and cannot be unpacked: ${(error as Error).message}` };
  }
}

/** What cloud-init would write while it works through user data. Nothing runs: a script is shown, line by line. */
export function tellUserData(data: UserData): readonly string[] {
  if ('trouble' in data) return [`[WARNING]: ${data.trouble}`];
  const parts = mimeParts(data.text);
  return parts === undefined ? tellPart(data.text) : parts.flatMap((part) => tellPart(part));
}

/** The bodies of a MIME multipart message; undefined when the text is none. */
function mimeParts(text: string): readonly string[] | undefined {
  const boundary = /^content-type:\s*multipart\/[^\n]*?boundary="?([^"\s;]+)"?/im.exec(text)?.[1];
  if (boundary === undefined) return undefined;
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => part.replace(/^[\s\S]*?\r?\n\r?\n/, ''));
}

function tellPart(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  const first = lines[0]?.trimEnd() ?? '';
  if (text.trim() === '') return [];
  if (first.startsWith('#!')) return tellScript(first, lines.slice(1));
  if (first === '#cloud-config') return tellConfig(lines.slice(1));
  if (first === '#cloud-boothook') return tellScript('boothook', lines.slice(1));
  if (/^#include(-once)?$/.test(first)) {
    return lines
      .slice(1)
      .filter(isCode)
      .map((url) => `include: ${url.trim()} is not fetched`);
  }
  return [`[WARNING]: Unhandled non-multipart (text/x-not-multipart) userdata: '${lines[0]?.slice(0, 60)}...'`];
}

const isCode = (line: string): boolean => line.trim() !== '' && !line.trimStart().startsWith('#');

/** As `sh -x` shows what it does. */
const tellScript = (shebang: string, lines: readonly string[]): readonly string[] => [
  `user-data script: ${shebang}`,
  ...lines.filter(isCode).map((line) => `+ ${line.trimEnd()}`),
];

/** The modules of cloud-init that keys of a configuration belong to, where the names differ. */
const modules: Readonly<Record<string, string>> = {
  packages: 'package-update-upgrade-install',
  package_update: 'package-update-upgrade-install',
  package_upgrade: 'package-update-upgrade-install',
  users: 'users-groups',
  groups: 'users-groups',
  write_files: 'write-files',
  ssh_authorized_keys: 'ssh',
  hostname: 'set-hostname',
  fqdn: 'set-hostname',
  chpasswd: 'set-passwords',
  password: 'set-passwords',
  fs_setup: 'disk-setup',
  ca_certs: 'ca-certs',
};

/** Each top-level key under its module, with what is listed below it. */
function tellConfig(lines: readonly string[]): readonly string[] {
  const told: string[] = [];
  for (const line of lines.filter(isCode)) {
    const key = /^([\w-]+)\s*:\s*(.*)$/.exec(line);
    if (key !== null) {
      const [, name = '', value = ''] = key;
      told.push(`config-${modules[name] ?? name.replaceAll('_', '-')}: ${name}${value === '' ? '' : ` = ${value}`}`);
    } else told.push(`  ${line.trimEnd()}`);
  }
  return told;
}
