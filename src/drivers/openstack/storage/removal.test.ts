import { expect, it } from 'vitest';
import { OpenStackError } from '../trouble.ts';
import { removeTwin } from './removal.ts';

const refusal = new OpenStackError('invalid', 'Volume status must be available', { status: 400, reached: true });

/** A thing in a state, which Cinder deletes only when it rests. */
const inState = (status: string | undefined, deletable: boolean) => ({
  look: async () => (status === undefined ? undefined : { status }),
  remove: async () => {
    if (!deletable) throw refusal;
    return status !== undefined;
  },
});

it('a twin is away once Cinder has taken its deletion, or has none', async () => {
  expect(await removeTwin(inState('available', true))).toBe(true);
  expect(await removeTwin(inState(undefined, true))).toBe(true);
});

it.each(['creating', 'deleting'])('a twin that is %s is tried again', async (status) => {
  expect(await removeTwin(inState(status, false))).toBe(false);
});

it('a twin that Cinder keeps is trouble', async () => {
  await expect(removeTwin(inState('available', false))).rejects.toBe(refusal);
  await expect(removeTwin(inState('error_deleting', false))).rejects.toMatchObject({ trouble: 'invalid' });
});
