import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type BareServer, startBare } from './bareServer.ts';
import { type Loader, startLoader } from './loader.ts';
import { type DataFolder, makeDataFolder, type RunningServer, startServer } from './server.ts';

/** Instances that a server begins with. */
export type Population = 0 | 1_000 | 100_000;

/** Everything that runs during a measurement: made when first needed, stopped at the end. */
export interface Servers {
  readonly loader: Loader;
  readonly bare: BareServer;
  /** The data folder with so many instances. Its server may be running. */
  data(population: Population): DataFolder;
  /** The server with so many instances. */
  running(population: Population): Promise<RunningServer>;
  /** Stops a server; the next `running` starts it again on the same data. */
  stop(population: Population): Promise<void>;
  close(): Promise<void>;
}

const seeder = fileURLToPath(new URL('./seed.js', import.meta.url));

function seeded(population: Population, say: (line: string) => void): DataFolder {
  const data = makeDataFolder();
  if (population === 0) return data;
  const began = performance.now();
  execFileSync(process.execPath, [seeder, data.path, data.account, String(population)], { stdio: 'inherit' });
  say(`${population} instances written in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return data;
}

/** @param say tells a person what takes long */
export async function startServers(say: (line: string) => void): Promise<Servers> {
  const loader = startLoader();
  const bare = await startBare();
  const folders = new Map<Population, DataFolder>();
  const servers = new Map<Population, RunningServer>();
  const data = (population: Population): DataFolder => {
    const found = folders.get(population) ?? seeded(population, say);
    folders.set(population, found);
    return found;
  };
  const stop = async (population: Population): Promise<void> => {
    await servers.get(population)?.stop();
    servers.delete(population);
  };
  return {
    loader,
    bare,
    data,
    stop,
    running: async (population) => {
      const found = servers.get(population) ?? (await startServer(data(population)));
      servers.set(population, found);
      return found;
    },
    close: async () => {
      loader.close();
      bare.close();
      await Promise.all([...servers.keys()].map(stop));
      for (const folder of folders.values()) folder.remove();
    },
  };
}
