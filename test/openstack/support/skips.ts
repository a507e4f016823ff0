import type { Skips } from '../../contract/driver/harness.ts';

const noCapacity =
  'Nova tells nobody how many servers a host can take; a launch that finds no host fails after its answer';
const fakeSnapshots =
  'Cinder’s NFS driver leaves snapshots of attached volumes to the hypervisor, and the fake one never ends them';
const fakeGuests = 'nothing boots in the zone that the suite runs in';

/** What an OpenStack cannot do, or a fake hypervisor not show. The generated table of drivers has these reasons, too. */
export const openStackSkips: Skips = {
  'a full zone takes no more, until a place is free': noCapacity,
  'launches at the same time do not overfill a zone': noCapacity,
  'the console tells of the boot, also after a stop': fakeGuests,
  'an image of an instance brings its snapshots': fakeSnapshots,
  'a volume grows while a machine has it': 'Cinder’s NFS driver does not extend volumes that are attached',
};
