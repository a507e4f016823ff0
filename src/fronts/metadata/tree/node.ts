/** A value: text or bytes, as they are sent; made when they are asked for, where that costs something. */
export interface Leaf {
  readonly value: string | Uint8Array | (() => Promise<string | Uint8Array>);
  /** Content type; absent: plain text. */
  readonly type?: string;
}

/** A folder, which is read as the list of its names. */
export interface Folder {
  readonly children: Children | (() => Promise<Children>);
  /** How the list is written where it is not the names: `0=my-key`. */
  readonly listed?: readonly string[];
}

export type Node = Leaf | Folder;
export type Children = ReadonlyMap<string, Node>;

const isFolder = (node: Node): node is Folder => 'children' in node;

/** A folder of what is there; what is undefined, and folders without anything in them, are left out: they are 404. */
export function folder(entries: Readonly<Record<string, Node | string | undefined>>): Folder {
  const children = new Map<string, Node>();
  for (const [name, entry] of Object.entries(entries)) {
    const node = typeof entry === 'string' ? { value: entry } : entry;
    if (node !== undefined && !isEmpty(node)) children.set(name, node);
  }
  return { children };
}

/** A folder whose content is read when somebody looks into it. */
export const lazyFolder = (entries: () => Promise<Folder>): Folder => ({
  children: async () => childrenOf(await entries()),
});

const isEmpty = (node: Node): boolean =>
  isFolder(node) && typeof node.children !== 'function' && node.children.size === 0;

const childrenOf = async ({ children }: Folder): Promise<Children> =>
  typeof children === 'function' ? children() : children;

/** What is at a path. */
export interface Found {
  readonly body: string | Uint8Array;
  readonly type: string;
}

const plain = 'text/plain';

/**
 * Walks down. Folders are given as their lists: one name a line, no line break at the end, and a slash behind the names
 * of folders except at the two top levels, as EC2 has it. Undefined: nothing is there.
 */
export async function lookUp(root: Folder, path: readonly string[]): Promise<Found | undefined> {
  let node: Node = root;
  for (const name of path) {
    if (!isFolder(node)) return undefined;
    const next = (await childrenOf(node)).get(name);
    if (next === undefined) return undefined;
    node = next;
  }
  if (isFolder(node)) return { body: await list(node, path.length > 1), type: plain };
  const body = typeof node.value === 'function' ? await node.value() : node.value;
  return { body, type: node.type ?? plain };
}

async function list(node: Folder, slashes: boolean): Promise<string> {
  if (node.listed !== undefined) return node.listed.join('\n');
  const children = await childrenOf(node);
  return [...children].map(([name, child]) => (slashes && isFolder(child) ? `${name}/` : name)).join('\n');
}
