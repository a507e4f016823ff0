import { expect, test } from 'vitest';
import { foreignImage } from '../../../test/support/sharingCloud.ts';
import { expectRefusal, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { type Driver, DriverError, type ForeignImage } from '../../ports/driver.ts';
import type { Reader } from '../../ports/store.ts';
import { perform } from '../action/perform.ts';
import describeImages from './actions/DescribeImages.ts';
import { seedCatalogue } from './seed.ts';

const images = async (w: TestWorld, input: object = {}) => (await w.call('DescribeImages', input)).Images;

test('the public images are those of the catalogue, owned by their publishers', async () => {
  const w = await testWorld();
  const catalogue = w.driver.catalogue.images('us-east-1');
  const found = await images(w, { IncludeDeprecated: true });
  expect(found.map((i: { ImageId: string }) => i.ImageId)).toEqual(catalogue.map((i) => i.id));
  const amazon = catalogue.find((i) => i.ownerAlias === 'amazon' && i.rootDeviceType === 'ebs')!;
  expect((await images(w, { ImageIds: [amazon.id] }))[0]).toMatchObject({
    Name: amazon.name,
    OwnerId: amazon.ownerId,
    ImageOwnerAlias: 'amazon',
    Public: true,
    State: 'available',
    CreationDate: new Date(amazon.createdAt).toISOString(),
    BlockDeviceMappings: amazon.blockDevices.map((b) => ({ DeviceName: b.deviceName })),
  });
  const canonical = await images(w, {
    Owners: ['099720109477'],
    Filters: [{ Name: 'name', Values: ['ubuntu/images/hvm-ssd*/ubuntu-*-server-*'] }],
  });
  expect(canonical.length).toBeGreaterThan(0);
  expect(new Set(canonical.map((i: { OwnerId: string }) => i.OwnerId))).toEqual(new Set(['099720109477']));
  const kernels = await images(w, { Filters: [{ Name: 'image-type', Values: ['kernel'] }] });
  expect(kernels[0].ImageId).toMatch(/^aki-/);
  expect(await images(w, { ImageIds: [kernels[0].ImageId] })).toHaveLength(1);
  expect(await images(w, { Owners: ['self'] })).toEqual([]);
  await w.close();
});

test('deprecated images of others are shown to who asks for them, or knows the id', async () => {
  const w = await testWorld();
  const old = w.driver.catalogue
    .images('us-east-1')
    .filter((i) => (i.deprecatedAt ?? Number.POSITIVE_INFINITY) < w.clock.now());
  expect(old.length).toBeGreaterThan(0);
  const filter = { Filters: [{ Name: 'image-id', Values: [old[0]!.id] }] };
  expect(await images(w, filter)).toEqual([]);
  expect(await images(w, { ...filter, IncludeDeprecated: true })).toHaveLength(1);
  expect(await images(w, { ImageIds: [old[0]!.id] })).toMatchObject([
    { DeprecationTime: new Date(old[0]!.deprecatedAt!).toISOString() },
  ]);
  await w.close();
});

/** An image as a catalogue has it. */
const { state: _, isPublic: __, isProtected: ___, ...anyImage } = foreignImage('ami-00000000000000001');

/** A driver whose catalogue of images is another one. */
const withImages =
  (change: (images: readonly ForeignImage[]) => readonly ForeignImage[]) =>
  (driver: Driver): Driver => ({
    ...driver,
    catalogue: { ...driver.catalogue, images: (region) => change(driver.catalogue.images(region)) },
  });

test('several processes at once make no doubles, and a restart writes nothing', async () => {
  const w = await testWorld({ regions: ['us-east-1'] });
  const { store } = w.world;
  const others = await Promise.all([1, 2, 3].map(() => testWorld({ store, regions: ['us-east-1'] })));
  await Promise.all([w, ...others].map(({ world }) => seedCatalogue(world, 'us-east-1')));
  const count = () => store.read.count({ kind: 'image', region: 'us-east-1' });
  const expected = w.driver.catalogue.images('us-east-1').length;
  expect(await count()).toBe(expected);
  const revision = await store.read.revision({ account: '*', region: 'us-east-1' }, ['image', 'snapshot']);
  const later = await testWorld({ store, regions: ['us-east-1'] });
  await seedCatalogue(later.world, 'us-east-1');
  expect(await store.read.revision({ account: '*', region: 'us-east-1' }, ['image', 'snapshot'])).toBe(revision);
  for (const { worker } of [...others, later]) await worker.drain();
  await w.close();
});

test('a later catalogue adds what is new and changes what it says otherwise', async () => {
  const first = await testWorld({ regions: ['us-east-1'], wrap: withImages((all) => all.slice(1)) });
  const { store } = first.world;
  const all = (await testWorld({ regions: ['us-east-1'] })).driver.catalogue.images('us-east-1');
  await seedCatalogue(first.world, 'us-east-1');
  await expectRefusal(images(first, { ImageIds: [all[0]!.id] }), 'InvalidAMIID.NotFound');
  const wrap = withImages((images) =>
    images.map((one, at) => (at === 1 ? { ...one, name: 'a-new-name', deprecatedAt: 1 } : one)),
  );
  const later = await testWorld({ store, regions: ['us-east-1'], wrap });
  expect(await images(later, { ImageIds: [all[0]!.id] })).toHaveLength(1);
  expect(
    await images(later, { Filters: [{ Name: 'name', Values: ['a-new-name'] }], IncludeDeprecated: true }),
  ).toMatchObject([{ ImageId: all[1]!.id }]);
  expect(
    await images(later, {
      Filters: [
        { Name: 'name', Values: [all[1]!.name] },
        { Name: 'image-id', Values: [all[1]!.id] },
      ],
    }),
  ).toEqual([]);
  expect(await store.read.count({ kind: 'image', region: 'us-east-1' })).toBe(all.length);
  await later.worker.drain();
  await first.close();
});

test('who asks for their own reads no public image', async () => {
  const w = await testWorld();
  await w.call('RegisterImage', { Name: 'mine', ImageLocation: 'b/m.xml' });
  const { read } = w.world.store;
  const audiences: unknown[] = [];
  const spied: Reader = {
    ...read,
    heads: (query) => {
      audiences.push(query.audience);
      return read.heads(query);
    },
    items: (query) => {
      audiences.push(query.audience);
      return read.items(query);
    },
  };
  const world = { ...w.world, store: { ...w.world.store, read: spied } };
  await perform(world, { account: testAccount, region: 'us-east-1' }, describeImages, { Owners: ['self'] });
  expect(audiences).toEqual([undefined]);
  await w.close();
});

test('a region that is not offered has no catalogue', async () => {
  const w = await testWorld();
  await expectRefusal(seedCatalogue(w.world, 'moon-1'), 'InvalidRegion', /moon-1/);
  await w.close();
});

test('a catalogue that changes is put into the store when it does, and only then', async () => {
  let images: readonly ForeignImage[] = [];
  let refreshes = 0;
  const w = await testWorld({
    wrap: (driver) => {
      images = driver.catalogue.images('us-east-1').slice(0, 2);
      const refresh = async () => void refreshes++;
      return { ...driver, catalogue: { ...driver.catalogue, images: () => images, refresh } };
    },
  });
  const names = async () => (await w.call('DescribeImages', { IncludeDeprecated: true })).Images.length;
  expect(await names()).toBe(2);
  const revision = () => w.world.store.read.revision({ account: '*', region: 'us-east-1' }, ['image']);
  const before = await revision();
  expect(await names()).toBe(2);
  expect(await revision()).toBe(before);
  images = [...images, { ...images[0]!, id: 'ami-0123456789abcdef0', name: 'another' }];
  await Promise.all([seedCatalogue(w.world, 'us-east-1'), seedCatalogue(w.world, 'us-east-1')]);
  expect(await names()).toBe(3);
  const [first] = images;
  images = images.slice(1);
  expect(await names()).toBe(2);
  await expectRefusal(w.call('DescribeImages', { ImageIds: [first!.id] }), 'InvalidAMIID.NotFound');
  expect(refreshes).toBeGreaterThan(3);
  await w.close();
});

test('a cloud whose catalogue was never read is unavailable, and is asked again', async () => {
  let away = true;
  const w = await testWorld({
    wrap: (driver) => ({
      ...driver,
      catalogue: {
        ...driver.catalogue,
        refresh: async () => {
          if (away) throw new DriverError('unavailable', 'connection refused');
        },
      },
    }),
  });
  await expectRefusal(w.call('DescribeRegions'), 'Unavailable');
  away = false;
  expect((await w.call('DescribeRegions')).Regions.length).toBeGreaterThan(0);
  await w.close();
});

test('an image that its account has is listed once: a changing catalogue tells only that it is public', async () => {
  const owner = '111122223333';
  const told = { images: [] as ForeignImage[] };
  const w = await testWorld({
    regions: ['us-east-1'],
    wrap: (driver) => ({
      ...driver,
      catalogue: { ...driver.catalogue, refresh: async () => undefined, images: () => told.images },
    }),
  });
  const { ImageId } = await w.call('RegisterImage', { Name: 'mine', ImageLocation: 'b/m.xml' });
  await w.settle();
  await w.call('CreateTags', { Resources: [ImageId], Tags: [{ Key: 'mine', Value: 'yes' }] });
  const shared = anyImage;
  told.images = [
    { ...shared, id: ImageId, name: 'in the cloud', ownerId: owner },
    { ...shared, id: 'ami-00000000000000001', name: 'other', ownerId: owner },
  ];
  for (const account of [owner, '444455556666']) {
    const { Images } = await w.call('DescribeImages', {}, { account });
    expect(Images.map((i: { Name: string; Public: boolean }) => [i.Name, i.Public]).sort()).toEqual([
      ['mine', true],
      ['other', true],
    ]);
  }
  // The owner's tags of what only the catalogue has stay, too.
  await w.call('CreateTags', { Resources: ['ami-00000000000000001'], Tags: [{ Key: 'mine', Value: 'too' }] });
  told.images = [{ ...told.images[1]!, name: 'renamed' }];
  const mine = await images(w, { Owners: ['self'] });
  expect(mine).toMatchObject([
    { Name: 'mine', Public: false, Tags: [{ Key: 'mine', Value: 'yes' }] },
    { Name: 'renamed', Public: true, Tags: [{ Key: 'mine', Value: 'too' }] },
  ]);
  told.images = [];
  expect(await images(w)).toMatchObject([{ Name: 'mine' }]);
  await w.close();
});
