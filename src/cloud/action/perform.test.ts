import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  expectRefusal,
  type Output,
  otherAccount,
  type TestWorld,
  testAccount,
  testWorld,
} from '../../../test/support/world.ts';
import { Refusal } from '../../kernel/errors.ts';
import provisionVolume from '../volume/operations/provisionVolume.ts';
import { volume } from '../volume/volume.ts';
import { type Action, RefusedInPart, write } from './action.ts';
import { perform } from './perform.ts';

const scope = { account: testAccount, region: 'us-east-1' };
const asked = { AvailabilityZone: 'us-east-1a', Size: 5 };

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

const create = (input: object, account = testAccount): Promise<Output> =>
  w.call('CreateVolume', { ...asked, ...input }, { account });
const volumes = async (account = testAccount): Promise<readonly Output[]> =>
  (await w.call('DescribeVolumes', {}, { account })).Volumes;

describe('DryRun', () => {
  it('checks everything and keeps nothing: no row, no counter, no operation, no token', async () => {
    await expectRefusal(
      create({ DryRun: true, ClientToken: 'dry' }),
      'DryRunOperation',
      /^Request would have succeeded, but DryRun flag is set\.$/,
    );
    expect(await volumes()).toEqual([]);
    expect(await w.world.store.read.usage(scope, 'volumes')).toBe(0);
    expect(await w.world.store.read.usage(scope, 'volume-gib')).toBe(0);
    expect([await w.world.store.operations.pending(), w.worker.busy]).toEqual([0, 0]);
    // The token is free for the request itself, whatever it asks for.
    expect((await create({ ClientToken: 'dry', Size: 6 })).Size).toBe(6);
  });

  it('tells what is wrong as the request itself would', async () => {
    await expectRefusal(create({ DryRun: true, Size: 0 }), 'InvalidParameterValue');
    await expectRefusal(w.call('DeleteVolume', { VolumeId: 'vol-00000001', DryRun: true }), 'InvalidVolume.NotFound');
    await expectRefusal(
      w.call('DescribeVolumes', { VolumeIds: ['vol-00000001'], DryRun: true }),
      'InvalidVolume.NotFound',
    );
  });

  it('is there for reads, too', () => expectRefusal(w.call('DescribeVolumes', { DryRun: true }), 'DryRunOperation'));
});

describe('a request that is refused in part', () => {
  const partly = write<{ ClientToken?: string }, { done: true }>([9, 'test', 'Partly'], {
    doc: 'Makes a volume, and is refused.',
    idempotent: 'ClientToken',
    run: async (tx) => {
      await tx.take('volumes', 1);
      return new RefusedInPart(new Refusal('OperationNotPermitted', 'not all of it'));
    },
  });
  const call = (input: object) => perform(w.world, scope, partly as unknown as Action, input);
  const taken = () => w.world.store.read.usage(scope, 'volumes');

  it('keeps what it did, and tells why it is refused', async () => {
    await expectRefusal(call({}), 'OperationNotPermitted', /^not all of it$/);
    expect(await taken()).toBe(1);
  });

  it('a dry run of it is refused, and keeps nothing', async () => {
    await expectRefusal(call({ DryRun: true }), 'OperationNotPermitted');
    expect(await taken()).toBe(0);
  });

  it('no client token stands for it', async () => {
    for (const times of [1, 2]) {
      await expectRefusal(call({ ClientToken: 'one' }), 'OperationNotPermitted');
      expect(await taken()).toBe(times);
    }
  });
});

describe('ClientToken', () => {
  it('makes a repetition one request, with the first answer, dates and all', async () => {
    const first = await create({ ClientToken: 'one' });
    await w.settle();
    await w.clock.advance(60_000);
    const second = await create({ ClientToken: 'one' });
    expect(second).toEqual(first);
    expect(second.CreateTime).toBeInstanceOf(Date);
    expect(second.State).toBe('creating');
    expect(await volumes()).toHaveLength(1);
    expect(await w.world.store.read.usage(scope, 'volumes')).toBe(1);
  });

  it('repetitions at the same time are one request as well', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => create({ ClientToken: 'many' })));
    expect(new Set(answers.map((a) => a.VolumeId)).size).toBe(1);
    expect(await volumes()).toHaveLength(1);
  });

  it('the order in which a client sends its parameters does not matter', async () => {
    const first = await w.call('CreateVolume', { ClientToken: 'x', AvailabilityZone: 'us-east-1a', Size: 1 });
    const second = await w.call('CreateVolume', { Size: 1, AvailabilityZone: 'us-east-1a', ClientToken: 'x' });
    expect(second.VolumeId).toBe(first.VolumeId);
  });

  it('refuses other parameters, and what is refused does not use the token up', async () => {
    await expectRefusal(create({ ClientToken: 'one', Size: -1 }), 'InvalidParameterValue');
    await create({ ClientToken: 'one' });
    await expectRefusal(create({ ClientToken: 'one', Size: 6 }), 'IdempotentParameterMismatch');
    await expectRefusal(create({ ClientToken: 'one', TagSpecifications: [] }), 'IdempotentParameterMismatch');
    expect(await volumes()).toHaveLength(1);
  });

  it('belongs to its account, region and action', async () => {
    const mine = await create({ ClientToken: 'one' });
    const theirs = await create({ ClientToken: 'one' }, otherAccount);
    const far = await w.call(
      'CreateVolume',
      { AvailabilityZone: 'eu-west-1a', Size: 5, ClientToken: 'one' },
      { region: 'eu-west-1' },
    );
    expect(new Set([mine, theirs, far].map((v) => v.VolumeId)).size).toBe(3);
    expect([(await volumes()).length, (await volumes(otherAccount)).length]).toEqual([1, 1]);
  });

  it.each(['é', 'a'.repeat(129), 'line\nbreak'])('%j is no token', (ClientToken) =>
    expectRefusal(create({ ClientToken }), 'InvalidParameterValue', /ClientToken/),
  );

  it('has the length that EC2 documents for the action', async () => {
    const action = write<{ ClientToken?: string }, { done: true }>([9, 'test', 'Short'], {
      doc: 'Takes tokens of three characters.',
      idempotent: 'ClientToken',
      longestToken: 3,
      run: async () => ({ done: true }),
    });
    const call = (ClientToken: string) => perform(w.world, scope, action as unknown as Action, { ClientToken });
    expect(await call('abc')).toEqual({ done: true });
    await expectRefusal(call('abcd'), 'InvalidParameterValue', /1 to 3 ASCII/);
  });

  it('what the cloud says now does not matter to what was granted before', async () => {
    let room = 1;
    const action = write<{ ClientToken?: string }, { at: number }, number>([9, 'test', 'Take'], {
      doc: '',
      idempotent: 'ClientToken',
      prepare: async () => {
        if (room-- < 1) throw new Error('no room');
        return room;
      },
      run: async (_tx, _input, prepared) => ({ at: prepared }),
    }) as unknown as Action;
    const take = (input: object) => perform(w.world, scope, action, input);
    expect(await take({ ClientToken: 'one' })).toEqual({ at: 0 });
    expect(await take({ ClientToken: 'one' })).toEqual({ at: 0 });
    await expectRefusal(take({ ClientToken: 'one', DryRun: true }), 'DryRunOperation');
    await expectRefusal(take({ ClientToken: 'one', Other: 1 }), 'IdempotentParameterMismatch');
    await expect(take({ ClientToken: 'two' })).rejects.toThrow('no room');
  });
});

describe('settle', () => {
  let settled: number;
  interface Input {
    readonly ClientToken?: string;
    readonly nothing?: boolean;
  }
  interface Output {
    readonly id: string;
    readonly state?: string;
  }
  const action = write<Input, Output>([9, 'test', 'Make'], {
    doc: '',
    idempotent: 'ClientToken',
    run: async (tx, { nothing }) => {
      const rest = { zone: 'us-east-1a', sizeGiB: 1, type: 'gp3', encrypted: false, multiAttach: false };
      const { id } = await tx.insert(volume, { ...rest, state: 'creating', attachments: [] });
      if (!nothing) await tx.start(provisionVolume, id, { id });
      return { id };
    },
    settle: {
      answer: async (cx, { id }) => {
        settled++;
        return { id, state: (await cx.need(volume, id)).state };
      },
    },
  }) as unknown as Action;
  /** The answer, while the cloud's time passes. */
  async function make(input: object): Promise<unknown> {
    let over = false;
    const answer = perform(w.world, scope, action, input).finally(() => {
      over = true;
    });
    while (!over) {
      await w.settle();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return answer;
  }
  beforeEach(() => {
    settled = 0;
  });

  it('answers what the rows say when the operation has ended, also to a repetition', async () => {
    const first = await make({ ClientToken: 'one' });
    expect(first).toMatchObject({ state: 'available' });
    expect(await make({ ClientToken: 'one' })).toEqual(first);
    expect(await volumes()).toHaveLength(1);
  });

  it('lets a repetition wait for the operation of the first request', async () => {
    const both = [make({ ClientToken: 'one' }), make({ ClientToken: 'one' })];
    const [first, second] = await Promise.all(both);
    expect(first).toMatchObject({ state: 'available' });
    expect(second).toEqual(first);
  });

  it('is nothing after a dry run, or where no operation was started', async () => {
    await expectRefusal(perform(w.world, scope, action, { DryRun: true }), 'DryRunOperation');
    expect(await make({ nothing: true })).not.toHaveProperty('state');
    expect(settled).toBe(0);
  });

  it('refuses in time where the cloud does not end it, which goes on', async () => {
    await w.worker.drain();
    const answer = expectRefusal(perform(w.world, scope, action, {}), 'Unavailable', /goes on trying/);
    for (let second = 0; second < 40; second++) {
      await new Promise((resolve) => setImmediate(resolve));
      await w.clock.advance(1_000);
    }
    await answer;
    expect(await w.world.store.operations.pending()).toBe(1);
  });
});
