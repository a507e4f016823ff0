import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Import, importsOf } from './source/imports.ts';
import { type SourceFile, sources } from './source/tree.ts';

/** What each folder of src/ may import besides itself. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  ports: ['kernel'],
  cloud: ['ports', 'kernel'],
  facts: ['ports', 'kernel'],
  drivers: ['facts', 'ports', 'kernel'],
  store: ['ports', 'kernel'],
  fronts: ['kernel', 'ports', 'cloud'],
  main: ['kernel', 'ports', 'cloud', 'drivers', 'store', 'fronts'],
};

/** Folders whose children are alternatives: each must stand without the others. */
const alternatives: readonly (readonly [folder: string, children: (name: string) => boolean])[] = [
  ['drivers', () => true],
  ['store', (name) => name === 'sqlite' || name === 'postgres'],
];

/** Packages that have one place. */
const places: Readonly<Record<string, RegExp>> = {
  libsql: /^src\/store\/sqlite\//,
  pg: /^src\/store\/postgres\//,
  commander: /^src\/main\//,
  yaml: /^src\/(main|drivers\/openstack)\//,
  undici: /^src\/drivers\//,
  ws: /^src\/fronts\/consoles\//,
};

/** Values of the AWS SDK that drag in a whole client. Schemas and enums are plain data. */
const machinery = /Command$|Client$|^EC2$|^STS$|^paginate|^waitUntil|^waitFor|^\*$/;

/** What a file's imports break, one sentence each. */
function violations(file: SourceFile): readonly string[] {
  return importsOf(file.text).flatMap((imported) => {
    const why = imported.from.startsWith('.') ? ofOurs(file.path, imported) : ofOthers(file.path, imported);
    return why === undefined ? [] : [`${file.path} imports ${imported.from}: ${why}`];
  });
}

function ofOurs(path: string, { from }: Import): string | undefined {
  if (!/\.(ts|json)$/.test(from)) return 'the name of a file of ours ends in .ts';
  if (from.endsWith('.test.ts')) return 'a test is nobody’s dependency';
  const target = posix.normalize(posix.join(posix.dirname(path), from));
  const [, layer = '', part = ''] = path.split('/');
  const [top, targetLayer = '', targetPart = ''] = target.split('/');
  if (top !== 'src') return 'it is outside src';
  if (layer !== targetLayer)
    return arrows[layer]?.includes(targetLayer) ? undefined : `no arrow ${layer} → ${targetLayer}`;
  const apart = alternatives.find(([folder]) => folder === layer)?.[1];
  const both = part !== targetPart && apart?.(part) && apart(targetPart) && !targetPart.endsWith('.ts');
  return both && !part.endsWith('.ts') ? `${layer}/${part} must stand without ${layer}/${targetPart}` : undefined;
}

function ofOthers(path: string, { from, values }: Import): string | undefined {
  const place = places[from];
  if (place && !place.test(path)) return `its place is ${place.source}`;
  if (!from.startsWith('@aws-sdk/') || path.startsWith('src/drivers/')) return undefined;
  const machines = values.filter((name) => machinery.test(name));
  return machines.length > 0 ? `${machines.join(', ')} is neither a type, an enum nor a schema` : undefined;
}

describe('import arrows', () => {
  const files = sources('src').filter(({ path }) => !path.endsWith('.test.ts'));

  it('finds the sources', () => {
    expect(files.length).toBeGreaterThan(10);
    expect(files.flatMap(({ text }) => importsOf(text)).length).toBeGreaterThan(10);
  });

  it('knows every folder of src', () => {
    expect([...new Set(files.map(({ path }) => path.split('/')[1]))].filter((layer) => !(layer! in arrows))).toEqual(
      [],
    );
  });

  it('holds everywhere', () => expect(files.flatMap(violations)).toEqual([]));
});

describe('the arrow scanner', () => {
  const broken: readonly (readonly [path: string, text: string])[] = [
    ['src/kernel/a.ts', "import { b } from '../ports/b.ts';"],
    ['src/ports/a.ts', "export * from '../cloud/b.ts';"],
    ['src/cloud/volume/a.ts', "import type { B } from '../../drivers/simulator/b.ts';"],
    ['src/cloud/a.ts', "const b = await import('../store/sqlite/b.ts');"],
    ['src/fronts/ec2/a.ts', "import {\n  b,\n} from '../../main/b.ts';"],
    ['src/drivers/simulator/a.ts', "import { b } from '../qemu/b.ts';"],
    ['src/store/sqlite/a.ts', "import '../postgres/b.ts';"],
    ['src/cloud/a.ts', "type B = import('../main/b.ts').B;"],
    ['src/cloud/a.ts', "import { b } from '../../scripts/b.js';"],
    ['src/cloud/a.ts', "import { b } from './b';"],
    ['src/cloud/a.ts', "import { b } from './b.test.ts';"],
    ['src/cloud/a.ts', "import { CreateVolumeCommand } from '@aws-sdk/client-ec2';"],
    ['src/fronts/a.ts', "import { type Volume, EC2Client as C } from '@aws-sdk/client-ec2';"],
    ['src/kernel/a.ts', "import * as ec2 from '@aws-sdk/client-ec2';"],
    ['src/store/a.ts', "import pg from 'pg';"],
  ];
  it.each(broken)('refuses %s with %s', (path, text) => expect(violations({ path, text })).toHaveLength(1));

  const sound: readonly (readonly [path: string, text: string])[] = [
    ['src/main/a.ts', "import { b } from '../drivers/simulator/b.ts';\nimport pg from 'yaml';"],
    ['src/cloud/volume/a.ts', "import { b } from '../instance/b.ts';\nimport { c } from '../../kernel/c.ts';"],
    ['src/cloud/a.ts', "import type { CreateVolumeCommandInput } from '@aws-sdk/client-ec2';"],
    ['src/cloud/a.ts', "import { CreateVolume$, type CreateVolumeCommand } from '@aws-sdk/client-ec2';"],
    ['src/kernel/a.ts', "// import { b } from '../ports/b.ts'\nconst text = `import '../ports/b.ts'`;"],
    ['src/store/sqlite/a.ts', "import { b } from '../schema/b.ts';"],
    ['src/drivers/simulator/a.ts', "import { b } from '../wrap.ts';"],
  ];
  it.each(sound)('accepts %s with %s', (path, text) => expect(violations({ path, text })).toEqual([]));
});
