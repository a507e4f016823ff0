/** What a kernel module says that it needs, by its content. Names are with underscores. */
export function dependenciesOf(module: Buffer): readonly string[] {
  const key = '\0depends=';
  const at = module.indexOf(key, 0, 'latin1');
  if (at < 0) return [];
  const text = module.toString('latin1', at + key.length, module.indexOf(0, at + key.length));
  return text.split(',').filter(Boolean).map(plain);
}

/** The name of a module's file: `kernel/drivers/net/net-failover.ko.xz` is `net_failover`. */
export const moduleName = (path: string): string | undefined => {
  const [, name] = /([^/]+)\.ko(?:\.xz)?$/.exec(path) ?? [];
  return name && plain(name);
};

const plain = (name: string): string => name.replaceAll('-', '_');

/** Modules with what they need, each after what it needs. `needs` is undefined for one that the kernel has built in. */
export async function inOrder(
  wanted: readonly string[],
  needs: (name: string) => Promise<readonly string[] | undefined>,
): Promise<readonly string[]> {
  const order = new Set<string>();
  const visit = async (name: string, above: readonly string[]): Promise<void> => {
    if (order.has(name) || above.includes(name)) return;
    const below = await needs(name);
    if (below === undefined) return;
    for (const each of below) await visit(each, [...above, name]);
    order.add(name);
  };
  for (const name of wanted) await visit(name, []);
  return [...order];
}
