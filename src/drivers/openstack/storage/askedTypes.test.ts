import { expect, it } from 'vitest';
import { DriverError } from '../../../ports/driver.ts';
import type { Session } from '../rest/session.ts';
import { askedTypes } from './askedTypes.ts';
import { callOf } from './storage.fixture.ts';

const answers: Readonly<Record<string, object>> = {
  '/types/default': { volume_type: { name: 'usual' } },
  '/snapshots/s-1': { snapshot: { volume_id: 'v-1' } },
  '/volumes/v-1': { volume: { volume_type: 'fast' } },
  '/volumes/v-2': { volume: { volume_type: null } },
};
const session = {
  ask: async ({ path }: { readonly path: string }) => ({ status: 200, headers: {}, body: answers[path] }),
} as unknown as Session;
const known = (of: Readonly<Record<string, string>>) => async (id: string) =>
  of[id] ?? Promise.reject(new DriverError('invalid', `there is no ${id}`));

const typeOf = askedTypes(
  {
    placeOf: async () => ({ project: 'p', session }),
    types: { typeOf: async (_, name) => ({ gp3: 'gp3', st1: 'slow' })[name] },
    volumes: { nativeOf: known({ 'vol-1': 'v-1', 'vol-2': 'v-2' }), sourceOf: known({ 'snap-1': 's-1' }) },
  },
  callOf(),
);

it.each([
  ['a type of that name', { type: 'gp3', snapshot: 'snap-1' }, 'gp3'],
  ['a type that stands for it', { type: 'st1' }, 'slow'],
  ['the usual type', { type: 'gp2' }, 'usual'],
  ['the type of the volume whose snapshot it is made of', { type: 'gp2', snapshot: 'snap-1' }, 'fast'],
  ['the type of the volume that a snapshot is of', { volume: 'vol-1' }, 'fast'],
  ['no type', { volume: 'vol-2' }, undefined],
  ['no volume', { volume: 'vol-3' }, undefined],
  ['no snapshot', { type: 'gp2', snapshot: 'snap-2' }, undefined],
])('%s', async (_, asked, type) => {
  expect(await typeOf(asked)).toBe(type);
});
