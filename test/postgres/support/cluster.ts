/** A PostgreSQL server of one test's own, which it may end and start again. */
export interface Cluster {
  readonly url: string;
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Creates and starts one. The scripts are JavaScript, so that they run without a build. */
export async function startCluster(): Promise<Cluster> {
  const script = new URL('../../../scripts/postgres/cluster.js', import.meta.url);
  const { startCluster: start } = (await import(script.href)) as { startCluster: () => Promise<Cluster> };
  return start();
}
