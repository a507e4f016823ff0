// @ts-check
/**
 * `npm run new -- …`: writes the files of something new, each with a test or a page beside it, and brings the registry
 * up to date. Nothing that exists is overwritten.
 */
import './prepare/node.js';

const { spawnSync } = await import('node:child_process');
const { existsSync, mkdirSync, writeFileSync } = await import('node:fs');
const { dirname, join } = await import('node:path');
const { install } = await import('./prepare/install.js');
const { root, tool } = await import('./prepare/paths.js');
const { biome } = await import('./prepare/run.js');

const usage = `usage:
  npm run new -- action ModifyVolume volume              an action of a resource
  npm run new -- resource placement-group pg             a resource and the prefix of its ids
  npm run new -- driver hetzner                          a kind of cloud
  npm run new -- decision "Answer reads from the store"  a decision record
`;

/**
 * @typedef {{ files: Readonly<Record<string, string>>, next: string }} Scaffold paths and texts, and what to do with them
 * @type {Record<string, () => Promise<{ scaffold(args: readonly string[]): Scaffold | Promise<Scaffold> }>>}
 */
const kinds = {
  action: () => import('./new/action.js'),
  resource: () => import('./new/resource.js'),
  driver: () => import('./new/driver.js'),
  decision: () => import('./new/decision.js'),
};

/** @param {Scaffold} scaffold */
async function write({ files, next }) {
  const present = Object.keys(files).filter((path) => existsSync(join(root, path)));
  if (present.length > 0) return refuse(`${present.join(', ')}: already there.`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const sources = Object.keys(files).filter((path) => path.endsWith('.ts'));
  if (sources.length > 0) {
    const { status, stderr } = spawnSync(process.execPath, [tool(biome), 'check', '--write', ...sources], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`biome could not format what was written: ${stderr}`);
    const { writeRegistry } = await import('./registry.js');
    writeRegistry(root);
  }
  process.stdout.write(`${Object.keys(files).join('\n')}\n\n${next}\n`);
}

/** @param {string} message */
function refuse(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}

const [kind = '', ...args] = process.argv.slice(2);
const load = kinds[kind];
if (!load) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  install(root, { development: true });
  const { WrongArguments } = await import('./new/names.js');
  try {
    await write(await (await load()).scaffold(args));
  } catch (error) {
    if (!(error instanceof WrongArguments)) throw error;
    refuse(error.message);
  }
}
