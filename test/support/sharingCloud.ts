import type { Driver } from '../../src/ports/driver.ts';
import type { ForeignOwnImage } from '../../src/ports/foreign.ts';
import type { ImageSharing } from '../../src/ports/sharing.ts';

/** What a cloud knows that has writers beside us, and decides who may use an image. */
export interface SharingCloud {
  /** What others made or share, by account. */
  readonly images: Map<string, ForeignOwnImage[]>;
  /** Whom images are shared with. */
  readonly shared: Map<string, Set<string>>;
  /** Accounts that it has nobody for. */
  readonly strangers: Set<string>;
  /** Gives a driver that is in front of this cloud. */
  readonly wrap: (driver: Driver) => Driver;
}

/** Plays such a cloud in memory, for tests. */
export function sharingCloud(): SharingCloud {
  const images = new Map<string, ForeignOwnImage[]>();
  const shared = new Map<string, Set<string>>();
  const strangers = new Set<string>();
  const imageSharing: ImageSharing = {
    strangers: async (accounts) => accounts.filter((account) => strangers.has(account)),
    sharedWith: async (image) => [...(shared.get(image) ?? [])],
    async share(image, { add, remove }) {
      const now = new Set([...(shared.get(image) ?? []), ...add]);
      for (const who of remove) now.delete(who);
      shared.set(image, now);
      return { settled: true };
    },
  };
  const changes = async (_: unknown, { account }: { readonly account: string }) => ({
    whole: true,
    things: images.get(account) ?? [],
    gone: [],
  });
  const wrap = (driver: Driver): Driver => ({
    ...driver,
    can: { ...driver.can, ownDiskImages: true, shareSnapshotImages: false },
    imageSharing,
    foreign: { images: { changes } },
  });
  return { images, shared, strangers, wrap };
}

/** An image as a cloud tells of it. */
export const foreignImage = (id: string, more: Partial<ForeignOwnImage> = {}): ForeignOwnImage => ({
  ...{ id, type: 'machine', name: `name of ${id}`, ownerId: '111122223333', location: `111122223333/${id}` },
  ...{ architecture: 'x86_64', platformDetails: 'Linux/UNIX', usageOperation: 'RunInstances' },
  ...{ virtualizationType: 'hvm', hypervisor: 'xen', rootDeviceType: 'instance-store', rootDeviceName: '/dev/vda' },
  ...{ blockDevices: [], enaSupport: false, freeTierEligible: false, createdAt: 1_767_000_000_000 },
  ...{ state: 'available', isPublic: false, isProtected: false },
  ...more,
});
