import { describe, expect, it } from 'vitest';
import { flags } from '../../packets/tcp.ts';
import { badLink, collect, scripted, seeded, sides, type Weather } from './link.fixture.ts';

const { ack, fin, rst, syn } = flags;

/** Bytes that a seed decides. */
function noise(seed: number, size: number): Buffer {
  const next = seeded(seed);
  return Buffer.from(Array.from({ length: size }, () => Math.floor(next() * 256)));
}

const weathers: Readonly<Record<string, Weather>> = {
  'a good way': {},
  loss: { lost: 0.1 },
  reordering: { late: 0.3 },
  duplicates: { twice: 0.3 },
  corruption: { corrupt: 0.1 },
  'a wire that is behind': { behind: 0.3 },
  'all of it': { lost: 0.05, late: 0.2, twice: 0.1, corrupt: 0.05, behind: 0.1 },
};

describe('TCP over a bad way', () => {
  const cases = Object.entries(weathers).flatMap(([name, weather]) =>
    [1, 2, 3].map((seed) => [name, seed, weather] as const),
  );
  it.each(cases)('%s (seed %i): both directions arrive, and both ends end', async (_name, seed, weather) => {
    const link = badLink(seed, weather);
    const [there, back] = [noise(seed, 300_000), noise(seed + 9, 200_000)];
    const opened = link.left.open(sides)!;
    const atOpener = collect(opened);
    opened.end(there);
    expect(await link.until(() => link.asked.length > 0)).toBe(true);
    const [flow] = link.asked;
    const atAnswerer = collect(flow!.stream);
    flow!.accept();
    for (let at = 0; at < back.length; at += 7_000) flow!.stream.write(back.subarray(at, at + 7_000));
    flow!.stream.end();
    expect(await link.until(() => atOpener.ended && atAnswerer.ended)).toBe(true);
    expect([atOpener.error, atAnswerer.error]).toEqual([undefined, undefined]);
    expect(atAnswerer.bytes.equals(there)).toBe(true);
    expect(atOpener.bytes.equals(back)).toBe(true);
  });

  it('many flows at once, and nothing is left of them', async () => {
    const link = badLink(5, { lost: 0.02, late: 0.1 });
    const streams = Array.from({ length: 50 }, (_, at) => link.left.open({ ...sides, localPort: 1_000 + at })!);
    const got = streams.map(collect);
    for (const [at, stream] of streams.entries()) stream.end(`hello ${at}`);
    const answer = () => {
      for (const flow of link.asked.splice(0)) {
        const heard = collect(flow.stream);
        flow.accept();
        flow.stream.once('end', () => flow.stream.end(`${flow.sides.localPort} heard ${heard.bytes}`));
      }
      return got.every(({ ended }) => ended) && link.left.size + link.right.size === 0;
    };
    expect(await link.until(answer)).toBe(true);
    expect(got.map(({ bytes }) => bytes.toString()).sort()).toEqual(
      streams.map((_, at) => `${sides.remotePort} heard hello ${at}`).sort(),
    );
  });

  it('a way that is cut ends the stream with an error', async () => {
    const link = badLink(6, { lost: 1 });
    const opened = link.left.open(sides)!;
    const got = collect(opened);
    opened.write('hello');
    expect(await link.until(() => opened.destroyed)).toBe(true);
    expect(got.error).toBe('ETIMEDOUT');
    expect(link.left.size).toBe(0);
  });
});

/** A flow that the machine opened: its numbers go on at 1,001, ours at `ours`. */
function opened(limits = {}, scale?: number) {
  const peer = scripted(limits);
  peer.say({ flags: syn, seq: 1_000, mss: 1_000, scale });
  const flow = peer.asked[0]!;
  flow.accept();
  const answer = peer.heard[0]!;
  const ours = (answer.seq + 1) >>> 0;
  peer.say({ flags: ack, seq: 1_001, ack: ours });
  return { ...peer, flow, got: collect(flow.stream), ours, answer };
}
const texts = (segments: readonly { readonly payload: Buffer }[]) => segments.map(({ payload }) => payload.toString());

describe('TCP with a machine that a test plays', () => {
  it('answers when it is accepted, with its options; numbers wrap around', async () => {
    const { answer, ours, say, flow, heard, until } = opened({}, 7);
    expect(answer).toMatchObject({ flags: syn | ack, ack: 1_001, mss: 8_961, scale: 5, seq: 0xffff_fff0 });
    expect(say({ flags: ack, seq: 1_001, ack: ours, text: 'hello' })).toMatchObject([{ flags: ack, ack: 1_006 }]);
    flow.stream.write('a text that wraps around');
    await until(() => heard.length > 2);
    expect(heard.at(-1)!.payload.toString()).toBe('a text that wraps around');
    expect(say({ flags: ack, seq: 1_006, ack: (ours + 24) >>> 0 })).toEqual([]);
  });

  it('a machine that knows no scale gets windows without; one without an MSS gets small segments', () => {
    const peer = scripted();
    peer.say({ flags: syn, seq: 1 });
    peer.asked[0]!.accept();
    expect(peer.heard[0]).toMatchObject({ window: 0xffff });
    expect(peer.heard[0]).not.toHaveProperty('scale');
    peer.say({ flags: ack, seq: 2, ack: (peer.heard[0]!.seq + 1) >>> 0 });
    peer.asked[0]!.stream.write(Buffer.alloc(1_000));
    expect(peer.heard.slice(1).map(({ payload }) => payload.length)).toEqual([536, 464]);
  });

  it('a flow that may not go far does not either where it is sent again', async () => {
    const peer = scripted();
    peer.say({ flags: syn, seq: 1 });
    peer.asked[0]!.accept();
    peer.say({ flags: ack, seq: 2, ack: (peer.heard[0]!.seq + 1) >>> 0 });
    peer.asked[0]!.stream.write('a');
    peer.asked[0]!.limitHops(1);
    expect(await peer.until(() => peer.heard.length === 3)).toBe(true);
    expect(peer.heard.map(({ ttl, payload }) => `${ttl} ${payload}`)).toEqual(['64 ', '64 a', '1 a']);
  });

  it('a refused flow is reset, and one that nobody knows', () => {
    const peer = scripted();
    peer.say({ flags: syn, seq: 1_000 });
    peer.asked[0]!.stream.destroy();
    expect(peer.heard).toMatchObject([{ flags: rst | ack, ack: 1_001 }]);
    expect(peer.say({ flags: ack, seq: 5, ack: 77 })).toMatchObject([{ flags: rst, seq: 77 }]);
    expect(peer.say({ flags: fin, seq: 5, text: 'x' })).toMatchObject([{ flags: rst | ack, ack: 7 }]);
    expect(peer.say({ flags: rst, seq: 5 })).toEqual([]);
    expect(peer.say({ flags: syn | fin, seq: 5 })).toMatchObject([{ flags: rst | ack }]);
    expect(peer.asked).toHaveLength(1);
  });

  it('takes what is new once, in order, and says what it expects', async () => {
    const { say, ours, got, until } = opened();
    const usual = { flags: ack, ack: ours };
    expect(say({ ...usual, seq: 1_004, text: 'def' })).toMatchObject([{ ack: 1_001 }]);
    expect(say({ ...usual, seq: 1_001, text: 'abc' })).toMatchObject([{ ack: 1_004 }]);
    expect(say({ ...usual, seq: 1_002, text: 'bcde' })).toMatchObject([{ ack: 1_006 }]);
    expect(say({ ...usual, seq: 1_001, text: 'abc' })).toMatchObject([{ ack: 1_006 }]);
    expect(say({ ...usual, flags: ack | fin, seq: 1_006, text: 'f' })).toMatchObject([{ ack: 1_008 }]);
    expect(say({ ...usual, flags: ack | fin, seq: 1_006, text: 'f' })).toMatchObject([{ ack: 1_008 }]);
    expect(say({ ...usual, seq: 1_008, text: 'after the end' })).toMatchObject([{ ack: 1_008 }]);
    await until(() => got.ended);
    expect(got.bytes.toString()).toBe('abcdef');
  });

  it('hostile segments change nothing: acknowledgements of the future, resets and SYNs beside the number', async () => {
    const { say, ours, flow, got, until } = opened();
    expect(say({ flags: ack, seq: 1_001, ack: (ours + 9) >>> 0, text: 'no' })).toMatchObject([{ ack: 1_001 }]);
    expect(say({ flags: rst, seq: 1_002 })).toMatchObject([{ flags: ack, ack: 1_001 }]);
    expect(say({ flags: rst, seq: 999 })).toEqual([]);
    expect(say({ flags: syn, seq: 1_001 })).toMatchObject([{ flags: ack, ack: 1_001 }]);
    expect(say({ flags: 0, seq: 1_001, text: 'no' })).toEqual([]);
    expect(flow.stream.destroyed).toBe(false);
    say({ flags: rst, seq: 1_001 });
    await until(() => flow.stream.destroyed);
    expect(got.error).toBe('ECONNRESET');
  });

  it('holds no more than the window, however the machine goes on', () => {
    const peer = scripted({ buffered: 64 * 1_024, endedFlows: 1 });
    peer.say({ flags: syn, seq: 1_000, scale: 7 });
    const [flow] = peer.asked;
    flow!.accept();
    const ours = (peer.heard[0]!.seq + 1) >>> 0;
    let at = 1_001;
    for (let sent = 0; sent < 100; sent += 1) {
      const [answer] = peer.say({ flags: ack, seq: at, ack: ours, text: 'x'.repeat(8_000) });
      at = answer!.ack;
    }
    expect(at - 1_001).toBeLessThanOrEqual(64 * 1_024);
    expect(peer.heard.at(-1)!.window).toBe(0);
    const before = peer.heard.length;
    for (let read = 0; read < 8; read += 1) flow!.stream.read();
    expect(peer.heard.slice(before).at(-1)!.window).toBeGreaterThan(0);
  });

  it('asks a machine that takes nothing, and goes on when it does', async () => {
    const { say, ours, flow, heard, until } = opened();
    say({ flags: ack, seq: 1_001, ack: ours, window: 0 });
    const before = heard.length;
    flow.stream.write('hello');
    expect(heard.length).toBe(before);
    await until(() => heard.length > before);
    expect(texts(heard.slice(before))).toEqual(['h']);
    expect(texts(say({ flags: ack, seq: 1_001, ack: (ours + 1) >>> 0, window: 100 }))).toEqual(['ello']);
  });

  it('a wire that is behind gets soon what it did not take, and nothing twice', async () => {
    const { flow, way, heard, ours, until, clock } = opened();
    const before = heard.length;
    flow.stream.write(Buffer.alloc(2_000, 'x'));
    way.answer = 'behind';
    flow.stream.write(Buffer.alloc(3_000, 'x'));
    const start = clock.now();
    await until(() => clock.now() > start);
    way.answer = 'sent';
    await until(() => heard.length >= before + 5);
    expect(heard.slice(before).map(({ seq }) => (seq - ours) >>> 0)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  });

  it('three equal acknowledgements bring what was lost at once, and partial ones what was lost besides', () => {
    const { say, ours, flow } = opened();
    flow.stream.write(Buffer.alloc(5_000, 'x'));
    const same = { flags: ack, seq: 1_001, ack: ours };
    expect([say(same), say(same)]).toEqual([[], []]);
    expect(say(same)).toMatchObject([{ seq: ours, payload: { length: 1_000 } }]);
    expect(say(same)).toEqual([]);
    const partly = (ours + 2_000) >>> 0;
    expect(say({ ...same, ack: partly })).toMatchObject([{ seq: partly, payload: { length: 1_000 } }]);
    expect(say({ ...same, ack: (ours + 5_000) >>> 0 })).toEqual([]);
  });

  it('the rules’ refusal ends a flow', async () => {
    const { flow, way, got, until } = opened();
    way.answer = 'refused';
    flow.stream.write('hello');
    await until(() => flow.stream.destroyed);
    expect(got.error).toBe('EACCES');
  });

  it('a machine that is silent is asked, and its flows end when it is gone; one that answers keeps them', async () => {
    const { say, ours, flow, heard, until, clock } = opened();
    const start = clock.now();
    const before = heard.length;
    await until(() => heard.length > before);
    expect(heard.at(-1)).toMatchObject({ flags: ack, seq: (ours - 1) >>> 0 });
    say({ flags: ack, seq: 1_001, ack: ours });
    await until(() => clock.now() - start > 200_000);
    expect(flow.stream.destroyed).toBe(false);
    await until(() => flow.stream.destroyed);
    expect(clock.now() - start).toBeGreaterThan(300_000);
  });

  it('a port has so many flows, and no more; their windows are parts of what it may hold', () => {
    const limits = { endedFlows: 8, buffered: 1_024 * 1_024 };
    const peer = scripted(limits);
    for (let port = 1; port <= 20; port += 1) peer.say({ flags: syn, seq: 1, srcPort: port, scale: 7 });
    expect(peer.asked).toHaveLength(8);
    for (const { accept } of peer.asked) accept();
    const windows = peer.heard.map(({ window }) => window);
    expect(Math.min(...windows)).toBeGreaterThanOrEqual(64 * 1_024 - 1);
    peer.asked[0]!.stream.destroy();
    peer.flows.close();
    expect(peer.heard.slice(8).every((segment) => (segment.flags & rst) !== 0)).toBe(true);
  });

  it('is what it opens itself: refused by a reset, ended by one that does not answer', async () => {
    const peer = scripted();
    const one = peer.flows.open(sides)!;
    expect(peer.flows.open(sides)).toBeUndefined();
    expect(peer.heard).toMatchObject([{ flags: syn, mss: 8_961 }]);
    const got = collect(one);
    peer.say({ flags: rst | ack, seq: 0, ack: 5 });
    expect(one.destroyed).toBe(false);
    peer.say({ flags: rst | ack, seq: 0, ack: (peer.heard[0]!.seq + 1) >>> 0 });
    await peer.until(() => one.destroyed);
    expect(got.error).toBe('ECONNREFUSED');
    const other = peer.flows.open(sides)!;
    const silent = collect(other);
    await peer.until(() => other.destroyed);
    expect(silent.error).toBe('ETIMEDOUT');
    expect(peer.heard.filter(({ flags: set }) => set === syn).length).toBeGreaterThan(5);
  });
});

describe('TCP with segments that may be anything', () => {
  it.each([1, 2, 3, 4])('nothing throws, and what is held is bounded (seed %i)', async (seed) => {
    const chance = seeded(seed);
    const pick = (most: number) => Math.floor(chance() * most);
    const peer = scripted({ endedFlows: 4, buffered: 256 * 1_024 });
    const near = (number: number) => (number + pick(5) - 2) >>> 0;
    for (let said = 0; said < 5_000; said += 1) {
      for (const flow of peer.asked.splice(0)) {
        collect(flow.stream);
        if (chance() < 0.8) flow.accept();
        if (chance() < 0.5) flow.stream.write(Buffer.alloc(pick(5_000)));
      }
      const last = peer.heard.at(-1);
      const guess = chance() < 0.8 && last !== undefined;
      peer.say({
        srcPort: 1 + pick(6),
        seq: guess ? near(last.ack) : pick(0x100000000),
        ack: guess ? near(last.seq + last.payload.length + (last.flags & 3 ? 1 : 0)) : pick(0x100000000),
        flags: chance() < 0.7 ? ack : pick(64),
        window: pick(0x10000),
        ...(chance() < 0.3 && { mss: pick(3) * 40, scale: pick(15) }),
        text: 'x'.repeat(chance() < 0.5 ? 0 : pick(9_000)),
      });
      if (said % 100 === 0) await peer.until(() => chance() < 0.5);
    }
    expect(peer.flows.size).toBeLessThanOrEqual(4);
    peer.flows.close();
    await peer.until(() => peer.flows.size === 0);
    expect(peer.flows.size).toBe(0);
  });
});
