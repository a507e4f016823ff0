import { describe, expect, it } from 'vitest';
import { scenarios } from './scenarios.ts';
import { type Outcome, openStage, type Stage } from './stage.ts';
import { expectAtRest, expectCloudAsRows, expectQuotasRight, expectWhole } from './state.ts';

describe.each(Object.keys(scenarios))('%s', (name) => {
  const { failure } = scenarios[name]!;

  it('comes to the same end after trouble that passes, whichever call meets it', async () => {
    const stage = await openStage(scenarios[name]!);
    const undisturbed = await stage.play();
    for (const [at, verb] of undisturbed.calls.entries()) {
      for (const after of [false, true]) {
        const outcome = await stage.play({ fault: { calls: [at, at + 1], trouble: 'unavailable', after } });
        expect(outcome.after, `${verb} (${at}) ${after ? 'after' : 'before'} the work`).toEqual(undisturbed.after);
        await expectWhole(stage.store, outcome);
      }
    }
    await stage.close();
  });

  it('leaves a clean slate after trouble for good, whichever call meets it', async () => {
    const stage = await openStage(scenarios[name]!);
    const undisturbed = await stage.play();
    for (const [at] of undisturbed.calls.entries()) {
      for (const after of [false, true]) {
        const outcome = await stage.play({ fault: { calls: [at], trouble: 'denied', after } });
        await expectFailed(stage, outcome, undisturbed);
      }
      // The first calls that undo fail for good, too: they are made until they work.
      const outcome = await stage.play({ fault: { calls: [at, at + 1, at + 2], trouble: 'denied', after: true } });
      await expectFailed(stage, outcome, undisturbed);
    }
    await stage.close();
  });

  it('goes on undoing wherever its process is killed', async () => {
    const stage = await openStage(scenarios[name]!);
    const undisturbed = await stage.play();
    const fault = { calls: [undisturbed.calls.length - 1], trouble: 'denied', after: false } as const;
    const failed = await stage.play({ fault });
    const from = failed.points.lastIndexOf(`call ${undisturbed.calls.at(-1)}`);
    expect(from).toBeGreaterThanOrEqual(0);
    for (let at = from; at < failed.points.length; at++) {
      for (const when of ['before', 'after'] as const) {
        await expectFailed(stage, await stage.play({ fault, death: { at, when } }), undefined);
      }
    }
    await stage.close();
  });

  async function expectFailed({ store }: Stage, outcome: Outcome, undisturbed: Outcome | undefined): Promise<void> {
    await expectQuotasRight(store, outcome.scope);
    expect(await store.operations.pending()).toBe(0);
    if (failure === 'kept') return;
    await expectAtRest(store, outcome.scope);
    await expectCloudAsRows(store, outcome.world.driver, outcome.scope);
    if (undisturbed !== undefined) expect(outcome.after).not.toEqual(undisturbed.after);
  }
});
