import { expect, it } from 'vitest';
import { actions, operations } from '../../src/cloud/registry.ts';

it('every action has the name of its file', () => {
  expect(Object.keys(actions).length).toBeGreaterThan(0);
  for (const [file, action] of Object.entries(actions)) expect(action.name).toBe(file);
});

it('every action is described in one sentence', () => {
  for (const { name, doc } of Object.values(actions)) expect(doc, name).toMatch(/^[A-Z].*\.$/);
});

it('every operation has a name of its own', () => {
  const names = operations.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});
