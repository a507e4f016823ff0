import { beforeAll, describe, expect, it } from 'vitest';
import {
  callOf,
  type Eyes,
  gone,
  idOf,
  interfaceOf,
  machineOf,
  openBench,
  openEyes,
  persist,
  remembered,
  seenBy,
} from './support/faultsBench.ts';

/** Token, four about the project's networks, two ports, one server. */
const requests = 8;

let eyes: Eyes;
beforeAll(async () => {
  eyes = await openEyes();
});

/** A launch whose driver ends after its `n`th request, and what is there when another driver has gone on. */
async function killed(n: number) {
  const at = await openBench(eyes);
  const id = idOf('i');
  const spec = machineOf(at.driver, { interfaces: [interfaceOf(), interfaceOf()] });
  const end = new AbortController();
  at.proxy.dieAfter(n, () => end.abort());
  const died = await at.driver.compute.ensure(id, spec, callOf(end.signal)).then(
    () => false,
    () => true,
  );
  await at.driver.close();
  at.proxy.clear();
  const heir = await at.start();
  try {
    const { seen, troubles } = await persist(() => heir.compute.ensure(id, spec, callOf()));
    const servers = await seenBy(eyes).servers(id);
    const ports = await seenBy(eyes).ports(id);
    return { died, seen, troubles, servers: servers.length, ports: ports.length };
  } finally {
    await gone(heir.compute, id);
    const left = [...(await seenBy(eyes).servers(id)), ...(await seenBy(eyes).ports(id))];
    await at.close();
    expect(left).toEqual([]);
  }
}

const whole = { died: true, seen: { settled: true, power: 'on' }, troubles: [], servers: 1, ports: 2 };

describe.concurrent('a driver that ends in the middle of a launch', () => {
  for (let n = 1; n <= requests; n++) {
    it(`after request ${n}`, async () => {
      expect(await killed(n)).toEqual(whole);
    });
  }
  it('that was all of it', async () => {
    expect(await killed(requests + 1)).toEqual({ ...whole, died: false });
  });
});

/** A machine whose driver ends after the `n`th request of taking it away, and what another driver leaves of it. */
async function killedAtItsEnd(n: number, served: boolean) {
  const at = await openBench(eyes);
  const id = idOf('i');
  const spec = machineOf(at.driver, { interfaces: [interfaceOf(), interfaceOf()] });
  await persist(() => at.driver.compute.ensure(id, spec, callOf()));
  if (!served) {
    const [server] = await seenBy(eyes).servers(id);
    await eyes.demo.ask('compute', `/servers/${server}`, { method: 'DELETE' });
    await persist(async () => ({ settled: (await seenBy(eyes).servers(id)).length === 0 }));
  }
  const end = new AbortController();
  at.proxy.dieAfter(n, () => end.abort());
  await expect(at.driver.compute.absent(id, callOf(end.signal))).rejects.toMatchObject({ trouble: 'unavailable' });
  await at.driver.close();
  at.proxy.clear();
  const heir = await at.start();
  const { troubles } = await gone(heir.compute, id);
  const left = [...(await seenBy(eyes).servers(id)), ...(await seenBy(eyes).ports(id)), ...remembered(at.shelf)];
  await at.close();
  return { troubles, left };
}

describe.concurrent('a driver that ends in the middle of taking a machine away', () => {
  // After a look, the end of the server; later, after a look at it and one at its ports, the end of each of the two.
  it.each([
    [2, true],
    [3, false],
    [4, false],
  ])('after request %i, with a server: %s', async (n, served) => {
    expect(await killedAtItsEnd(n, served)).toEqual({ troubles: [], left: [] });
  });
});
