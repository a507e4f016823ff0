import { describe, expect, it } from 'vitest';
import { operations } from '../../src/cloud/registry.ts';
import { scenarios } from './scenarios.ts';
import { openStage } from './stage.ts';
import { expectWhole } from './state.ts';

it('has a scenario for every operation, and none for others', () => {
  expect(Object.keys(scenarios).sort()).toEqual(operations.map((operation) => operation.name).sort());
});

describe.each(Object.keys(scenarios))('%s', { timeout: 30_000 }, (name) => {
  it('comes to the same end wherever its process is killed', async () => {
    const stage = await openStage(scenarios[name]!);
    const undisturbed = await stage.play();
    await expectWhole(stage.store, undisturbed);
    // Questions may come before the request is written.
    const written = undisturbed.points.indexOf('write');
    for (let at = 0; at < undisturbed.points.length; at++) {
      for (const when of ['before', 'after'] as const) {
        const outcome = await stage.play({ death: { at, when } });
        const where = `killed ${when} ${at} (${undisturbed.points[at]})`;
        // What was not written has not happened; the client was not told of it either.
        const expected = at < written || (at === written && when === 'before') ? outcome.before : undisturbed.after;
        expect(outcome.after, where).toEqual(expected);
        expect(outcome.answered && at <= written, where).toBe(false);
        await expectWhole(stage.store, outcome);
      }
    }
    await stage.close();
  });
});
