import { describe, expect, it } from 'vitest';
import { operations } from '../../src/cloud/registry.ts';
import { scenarios } from './scenarios.ts';
import { type Outcome, openStage, type Stage } from './stage.ts';
import { expectAtRest, expectCloudAsRows, expectQuotasRight } from './state.ts';

it('has a scenario for every operation, and none for others', () => {
  expect(Object.keys(scenarios).sort()).toEqual(operations.map((operation) => operation.name).sort());
});

async function expectWhole(stage: Stage, { scope, world }: Outcome): Promise<void> {
  await expectAtRest(stage.store, scope);
  await expectQuotasRight(stage.store, scope);
  await expectCloudAsRows(stage.store, world.driver, scope);
}

describe.each(Object.keys(scenarios))('%s', (name) => {
  it('comes to the same end wherever its process is killed', async () => {
    const stage = await openStage(scenarios[name]!);
    const undisturbed = await stage.play();
    await expectWhole(stage, undisturbed);
    expect(undisturbed.after).not.toEqual(undisturbed.before);
    for (let at = 0; at < undisturbed.points.length; at++) {
      for (const when of ['before', 'after'] as const) {
        const outcome = await stage.play({ death: { at, when } });
        const where = `killed ${when} ${at} (${undisturbed.points[at]})`;
        // What was not written has not happened; the client was not told of it either.
        const expected = at === 0 && when === 'before' ? outcome.before : undisturbed.after;
        expect(outcome.after, where).toEqual(expected);
        expect(at > 0 || !outcome.answered, where).toBe(true);
        await expectWhole(stage, outcome);
      }
    }
    await stage.close();
  });
});
