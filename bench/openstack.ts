/**
 * `npm run bench:openstack [-- SERVERS | launches | describes]`: the server in front of a real OpenStack, compared with what a client of
 * OpenStack itself does. SERVERS: how many are described, 200 unless said; `launches`, `describes`: only those are measured. Prints
 * a table, writes bench-results/TIME.json; exit code 1 where a target is missed.
 */
import { bed } from '../test/openstack/support/bed.ts';
import { openFaultProxy } from '../test/openstack/support/faultProxy.ts';
import { addressesOf, logIn } from '../test/openstack/support/session.ts';
import { type Line, met } from './figures.ts';
import { keep } from './keep.ts';
import { describing, launching } from './openstackLines.ts';
import { imageOf, type OpenStack, withServers } from './openstackServers.ts';
import { makeDataFolder, startServer } from './server.ts';
import { table } from './table.ts';

const say = (line: string): void => console.error(line);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/**
 * Every call of the server to OpenStack goes through a proxy that counts it.
 * @param count of the servers that are described; undefined: none are
 * @param launches whether launches are measured
 */
async function measure(count: number | undefined, launches: boolean): Promise<readonly Line[]> {
  const cloud = bed();
  const direct = await logIn(cloud, cloud.users.demo);
  const proxy = await openFaultProxy(addressesOf(cloud, direct));
  const { elsewhere } = cloud.users;
  const data = makeDataFolder((account) => ({
    region: { 'us-east-1': 'openstack' },
    openstack: {
      'us-east-1': {
        auth: {
          auth_url: proxy.endpoints.identity,
          user_id: elsewhere.id,
          password: elsewhere.password,
          project_id: elsewhere.project.id,
        },
        endpoints: proxy.endpoints,
        projects: { [account]: cloud.users.demo.project.id },
      },
    },
  }));
  const server = await startServer(data);
  try {
    const parts = { cloud, direct, proxy, server };
    const openstack: OpenStack = { ...parts, image: await imageOf(parts) };
    const lines = launches ? [...(await launching(openstack, say))] : [];
    if (count === undefined) return lines;
    await withServers(openstack, count, say, async () => void lines.push(...(await describing(openstack, count))));
    return lines;
  } finally {
    await server.stop();
    await proxy.close();
    data.remove();
  }
}

const count = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 200);
const only = (word: string): boolean => process.argv.includes(word);
const lines = await measure(only('launches') ? undefined : count, !only('describes'));
console.log(table(lines));
say(`Written to ${keep(lines)}.`);
if (lines.some((line) => met(line) === false)) process.exitCode = 1;
