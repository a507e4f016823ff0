import { openStackCan } from '../../src/drivers/openstack/driver.ts';
import { qemuCan } from '../../src/drivers/qemu/driver.ts';
import { simulatorCan } from '../../src/drivers/simulator/driver.ts';
import type { Capabilities } from '../../src/ports/driver.ts';
import { openStackSkips } from '../../test/openstack/support/skips.ts';
import { page, table } from './table.ts';

const drivers: Readonly<Record<string, Capabilities>> = {
  simulator: simulatorCan,
  openstack: openStackCan,
  qemu: qemuCan,
};

const meanings: Readonly<Record<keyof Capabilities, string>> = {
  consoleLog: 'console output (GetConsoleOutput)',
  latestConsole: 'the newest console output of every instance type (`Latest`)',
  volumes: 'EBS volumes',
  encryptedVolumes: 'encrypting a volume because a request wants it (`Encrypted`)',
  multiAttach: 'a volume at several instances (`MultiAttachEnabled`)',
  otherVolumeTypes: 'another type for a volume that is there (ModifyVolume; every volume can grow)',
  volumePerformance:
    'a volume as fast as a request wants it (`Iops`, `Throughput`, `VolumeInitializationRate`; the types io1 and io2)',
  detachRoot: 'detaching the root volume of a stopped instance',
  snapshots: 'snapshots',
  images: 'making images (CreateImage, RegisterImage)',
  kernelImages: 'choosing kernel and ramdisk (AKI, ARI) at a launch, other than the image\u2019s own',
  ownDiskImages: 'CreateImage of an instance whose root is not a volume',
  shareSnapshotImages: 'sharing an image that stands on snapshots (ModifyImageAttribute)',
  virtioNames: 'disks that are called `/dev/vdb` to `/dev/vdz`',
  elasticIps: 'Elastic IPs',
  chosenAddresses: 'a released Elastic IP again (`Address` of AllocateAddress)',
  automaticAddresses: 'automatic public addresses (`AssociatePublicIpAddress`)',
  everyRule:
    'security group rules of port 0 alone, of ICMP for IPv6 blocks, and of ICMPv6 and the other protocols of IPv6 for IPv4 blocks',
  sourceDestCheck: 'an instance that carries the traffic of others (`SourceDestCheck` off)',
  localDisksStay: 'stopping an instance whose root is not a volume',
  ownDisks: 'all disks of an instance type (`ephemeral0` and so on), whatever is mapped',
  otherTypes: 'another type for a stopped instance',
  screenshots: 'pictures of the screen (GetConsoleScreenshot)',
  openConsoles: 'serial console and screen over WebSocket',
};

const abilities = Object.entries(meanings) as [keyof Capabilities, string][];

/** What each driver can do, and which cases of the contract it does not run, with the reasons. */
export const driversPage = (): string =>
  page(
    'Drivers',
    'What the cloud behind a region can do. Where it cannot, the actions answer `Unsupported` (or `UnsupportedOperation`).',
    table(
      ['', ...Object.keys(drivers)],
      abilities.map(([name, meaning]) => [meaning, ...Object.values(drivers).map((can) => (can[name] ? 'yes' : 'no'))]),
    ),
    'Every driver runs one contract suite. Cases that a driver does not run:',
    table(
      ['driver', 'case', 'reason'],
      Object.entries({ openstack: openStackSkips }).flatMap(([driver, skips]) =>
        Object.entries(skips).map(([name, reason]) => [driver, name, reason]),
      ),
    ),
  );
