import { expect, it } from 'vitest';
import { callOf, pretendStorage, storageOf } from './storage.fixture.ts';
import { createVolumeTypes } from './volumeTypes.ts';

const clock = { now: () => 0, at: () => ({ cancel: () => undefined }) };

it('a type is the one that it stands for, where Cinder has that, else its own, else none', async () => {
  const cloud = pretendStorage();
  cloud.types.push('ssd', 'gp2');
  const types = createVolumeTypes(clock, { gp3: 'ssd', gp2: 'gone', io1: 'gone' });
  const { volumes } = storageOf(cloud, new Map(), clock, { types });
  for (const type of ['gp3', 'gp2', 'io1'])
    await volumes.ensure(`vol-${type}`, { zone: 'az-1', sizeGiB: 5, type, encrypted: false }, callOf());
  const made = cloud.bodies as readonly { readonly volume: { readonly volume_type?: string } }[];
  expect(made.map(({ volume }) => volume.volume_type)).toEqual(['ssd', 'gp2', undefined]);
  expect(['ssd', 'gp2', 'other'].map(types.shownAs)).toEqual(['gp3', 'gp2', 'other']);
});
