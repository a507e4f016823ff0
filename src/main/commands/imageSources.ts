/** A cloud image of a distribution, and where its publisher says what it has to be. */
export interface ImageSource {
  readonly description: string;
  readonly url: string;
  /** A list of checksums, in the form of sha256sum, or `SHA256 (FILE) = HEX`; or the checksum of this file alone. */
  readonly checksums: string;
  readonly algorithm: 'sha256' | 'sha512';
  readonly bootMode: 'legacy-bios' | 'uefi' | 'uefi-preferred';
}

const debian = 'https://cloud.debian.org/images/cloud/bookworm/latest';
const ubuntu = 'https://cloud-images.ubuntu.com/noble/current';
const fedora = 'https://download.fedoraproject.org/pub/fedora/linux/releases/42/Cloud/x86_64/images';

const alpine = 'https://dl-cdn.alpinelinux.org/alpine/v3.24/releases/cloud';
// Of Alpine's images the generic one finds out where it is; `nocloud` ones never ask for metadata.
const alpineFile = 'generic_alpine-3.24.1-x86_64-bios-cloudinit-r0.qcow2';

/** What `elsewhere image fetch` knows, all for x86_64. */
export const imageSources: Readonly<Record<string, ImageSource>> = {
  debian: {
    description: 'Debian 12',
    url: `${debian}/debian-12-generic-amd64.qcow2`,
    checksums: `${debian}/SHA512SUMS`,
    algorithm: 'sha512',
    bootMode: 'legacy-bios',
  },
  ubuntu: {
    description: 'Ubuntu 24.04',
    url: `${ubuntu}/noble-server-cloudimg-amd64.img`,
    checksums: `${ubuntu}/SHA256SUMS`,
    algorithm: 'sha256',
    bootMode: 'legacy-bios',
  },
  fedora: {
    description: 'Fedora 42',
    url: `${fedora}/Fedora-Cloud-Base-Generic-42-1.1.x86_64.qcow2`,
    checksums: `${fedora}/Fedora-Cloud-42-1.1-x86_64-CHECKSUM`,
    algorithm: 'sha256',
    bootMode: 'legacy-bios',
  },
  alpine: {
    description: 'Alpine Linux 3.24',
    url: `${alpine}/${alpineFile}`,
    checksums: `${alpine}/${alpineFile}.sha512`,
    algorithm: 'sha512',
    bootMode: 'legacy-bios',
  },
};

/** The checksum of a file in a list; undefined: it is not listed, or not so that it can be one. */
export function checksumOf(list: string, file: string, algorithm: ImageSource['algorithm']): string | undefined {
  const digits = algorithm === 'sha256' ? 64 : 128;
  const alone = list.trim();
  if (alone.length === digits && /^[0-9a-fA-F]+$/.test(alone)) return alone.toLowerCase();
  for (const line of list.split('\n')) {
    const [, plain, plainFile] = /^([0-9a-fA-F]+) [ *](.+?)\r?$/.exec(line) ?? [];
    const [, name, bsdFile, bsd] = /^(\w+) \((.+)\) = ([0-9a-fA-F]+)\r?$/.exec(line) ?? [];
    const found = plainFile === file ? plain : bsdFile === file && name?.toLowerCase() === algorithm ? bsd : undefined;
    if (found?.length === digits) return found.toLowerCase();
  }
  return undefined;
}
