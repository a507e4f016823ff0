// @ts-check
/** `npm run new -- driver hetzner` */
import { camel, checkName, dashed } from './names.js';

/** @param {readonly string[]} args */
export function scaffold([given]) {
  const name = checkName(given, dashed, "a driver's name in lower case with dashes, such as hetzner");
  const folder = `src/drivers/${name}`;
  return {
    files: {
      [`${folder}/README.md`]: readmeText(name),
      [`${folder}/driver.ts`]: driverText(name),
      [`${folder}/compute.ts`]: computeText(),
      [`${folder}/absent.ts`]: absentText(),
      [`${folder}/driver.test.ts`]: testText(name),
    },
    next: 'It offers nothing yet. Give it one kind of thing at a time, and let the contract suite run on it.',
  };
}

/** @param {string} name */
const driverText = (name) => `import type { Driver } from '../../ports/driver.ts';
import { absentKind } from './absent.ts';
import { compute } from './compute.ts';

/** The data sheet of ${name}. */
export const ${camel(name)}Driver = (): Driver => ({
  name: '${name}',
  can: {
    consoleLog: false,
    latestConsole: false,
    volumes: false,
    encryptedVolumes: false,
    multiAttach: false,
    otherVolumeTypes: false,
    volumePerformance: false,
    detachRoot: false,
    snapshots: false,
    images: false,
    kernelImages: false,
    ownDiskImages: false,
    shareSnapshotImages: false,
    virtioNames: false,
    elasticIps: false,
    chosenAddresses: false,
    automaticAddresses: false,
    everyRule: false,
    sourceDestCheck: false,
    localDisksStay: false,
    ownDisks: false,
    otherTypes: false,
    screenshots: false,
    openConsoles: false,
  },
  catalogue: {
    regions: () => [],
    region: (name) => ({
      name,
      endpoint: \`ec2.\${name}.amazonaws.com\`,
      optInStatus: 'opt-in-not-required',
      zones: [{ name: \`\${name}a\`, id: \`\${name}-az1\`, region: name, groupName: name, networkBorderGroup: name }],
    }),
    publicAddressRange: () => '192.0.2.0/24',
    instanceTypeNames: () => [],
    hardware: () => undefined,
    instanceType: () => undefined,
    images: () => [],
    snapshots: () => [],
  },
  compute,
  volumes: absentKind('volumes'),
  snapshots: absentKind('snapshots'),
  images: absentKind('images'),
  ping: async () => undefined,
  close: async () => undefined,
});
`;

const absentText = () => `import { DriverError, type Kind, type Seen } from '../../ports/driver.ts';

/** Refuses what this cloud cannot do. */
export async function refuse(what: string): Promise<never> {
  throw new DriverError('unsupported', \`This cloud has no \${what}\`);
}

/** A kind of thing that this cloud does not have: nothing of it exists, and nothing can be made. */
export const absentKind = <Spec, S extends Seen>(what: string): Kind<Spec, S> => ({
  ensure: () => refuse(what),
  look: async () => undefined,
  absent: async () => ({ settled: true }),
  list: async function* () {},
});
`;

const computeText = () => `import type { Compute } from '../../ports/driver.ts';
import { absentKind, refuse } from './absent.ts';

/** The machines of this cloud. */
export const compute: Compute = {
  ...absentKind('machines'),
  power: () => refuse('machines'),
  reboot: () => refuse('machines'),
  attach: () => refuse('machines'),
  detach: () => refuse('machines'),
  consoleLog: async () => undefined,
  room: async () => 0,
  health: async () => ({ system: 'not-applicable', instance: 'not-applicable' }),
};
`;

/** @param {string} name */
const testText = (name) =>
  `import { describe, expect, it } from 'vitest';
import { ${camel(name)}Driver } from './driver.ts';

const call = { account: '000000000000', region: 'lab-1', operation: 'op-1', signal: new AbortController().signal };

describe('${name}', () => {
  const driver = ${camel(name)}Driver();

  it('has the name of its folder', () => expect(driver.name).toBe('${name}'));

  it('finds nothing where nothing was made', async () => {
    expect(await driver.volumes.look('vol-0123456789abcdef0', call)).toBeUndefined();
    for await (const machine of driver.compute.list(call)) expect.unreachable(machine.id);
  });

  it('refuses for good what it cannot do', async () => {
    await expect(driver.compute.reboot('i-0123456789abcdef0', call)).rejects.toMatchObject({ trouble: 'unsupported' });
  });
});
`;

/** @param {string} name */
const readmeText = (name) => `# ${name}

Makes EC2's things exist on ${name}. It knows no EC2 rule.

- \`driver.ts\` is the data sheet: name, abilities, catalogue, and one object for each kind of thing.
- \`compute.ts\` has the machines; a kind that this cloud has gets a file of its own (\`volumes.ts\`, \`images.ts\`, …).
- \`absent.ts\` stands for the kinds that it does not have.

It may import \`ports\` and \`kernel\`, and the cloud's own SDK; never another driver.
To add an ability: implement it, say so in \`can\`, and let the contract suite in \`test/contract\` prove it.
`;
