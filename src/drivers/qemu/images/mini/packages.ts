import { DriverError } from '../../../../ports/driver.ts';

/** What is needed of a package's description. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Each with its alternatives. */
  readonly depends: readonly (readonly string[])[];
  readonly provides: readonly string[];
}

/** Reads descriptions as dpkg and apt print them: fields by lines, and an empty line between two packages. */
export function parsePackages(text: string): readonly Package[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    for (const [, name, value] of stanza.matchAll(/^([\w-]+):(.*(?:\n[ \t].*)*)/gm))
      fields.set(name!.toLowerCase(), value!.trim());
    const [name, version] = [fields.get('package'), fields.get('version')];
    if (name === undefined || version === undefined) return [];
    const all = [fields.get('pre-depends'), fields.get('depends')].flatMap(namesOf);
    return [{ name, version, depends: all, provides: namesOf(fields.get('provides')).flat() }];
  });
}

/** The names in `libc6 (>= 2.36), awk | mawk:any`. */
const namesOf = (list = ''): readonly (readonly string[])[] =>
  list
    .split(',')
    .map((each) => each.split('|').map((name) => name.trim().replace(/[\s(:].*$/s, '')))
    .filter(([first]) => first !== '');

/** Only libraries are followed, and from its meta-package the kernel: of other packages nothing ever runs. */
const followed = (name: string): boolean => /^(lib|zlib|linux-image-)/.test(name);

interface Wanted {
  readonly names: readonly string[];
  readonly by?: string;
}

/**
 * Packages with what they need: `describe` tells of those among the names that are to be had. Of alternatives the first that
 * is to be had is taken.
 * @throws DriverError one is not to be had
 */
export async function withDependencies(
  roots: readonly string[],
  describe: (names: readonly string[]) => Promise<readonly Package[]>,
): Promise<readonly Package[]> {
  const [known, asked, chosen] = [new Map<string, Package>(), new Set<string>(), new Set<Package>()];
  const ask = async (names: readonly string[]): Promise<void> => {
    for (const name of names) asked.add(name);
    for (const found of names.length === 0 ? [] : await describe(names))
      for (const name of [found.name, ...found.provides]) if (!known.has(name)) known.set(name, found);
  };
  let wanted: readonly Wanted[] = roots.map((name) => ({ names: [name] }));
  while (wanted.length > 0) {
    const names = new Set(wanted.flatMap((each) => each.names));
    await ask([...names].filter((name) => !asked.has(name)));
    const found = wanted.map((each) => each.names.map((name) => known.get(name)).find(Boolean) ?? missing(each));
    const added = [...new Set(found)].filter((each) => !chosen.has(each));
    for (const each of added) chosen.add(each);
    wanted = added.flatMap(({ name, depends }) =>
      depends.filter((names) => names.some(followed)).map((names) => ({ names, by: name })),
    );
  }
  return [...chosen];
}

function missing({ names, by }: Wanted): never {
  const why = by === undefined ? '' : `, which ${by} needs,`;
  throw new DriverError(
    'invalid',
    `Debian's package ${names.join(' or ')}${why} is not to be had: apt-get update, or give a folder that has it (--packages)`,
  );
}
