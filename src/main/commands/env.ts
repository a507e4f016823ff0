import { existsSync } from 'node:fs';
import { listKeys } from '../../cloud/identity/accounts.ts';
import { metadataPath, pathSecret } from '../../fronts/metadata/path.ts';
import { endpointOf } from '../banner.ts';
import { serverKey, tokenKeyOf } from '../compose.ts';
import { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import { storeFile } from '../openStore.ts';
import { withAccounts } from './keeping.ts';

type Assign = (name: string, value: string) => string;

/** How each shell sets a variable. Values hold no quote: they are keys, URLs and region names. */
const shells: Readonly<Record<string, Assign>> = {
  sh: (name, value) => `export ${name}='${value}'`,
  fish: (name, value) => `set -gx ${name} '${value}'`,
  powershell: (name, value) => `$Env:${name} = '${value}'`,
  cmd: (name, value) => `set ${name}=${value}`,
};

/**
 * `elsewhere env`: variables for aws-cli, the SDKs, boto 2 and euca2ools. Which versions find the endpoint in them by
 * themselves, and which have to be told it, is in docs/guides/clients.md.
 * @param instance the one whose metadata tools shall read, as if they ran on it
 */
export async function env(
  settings: Settings,
  shell: string,
  keyId: string | undefined,
  instance: string | undefined,
): Promise<void> {
  const assign = Object.hasOwn(shells, shell) ? shells[shell]! : undefined;
  if (assign === undefined)
    throw new Problem('usage', `--shell must be one of ${Object.keys(shells).join(', ')}, not '${shell}'`);
  const endpoint = endpointOf(settings.host, settings.port);
  const region = settings.defaultRegion ?? settings.regions[0]?.[0] ?? 'us-east-1';
  const [id, secret] = await credentials(settings, keyId);
  const variables = {
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    EC2_URL: `${endpoint}/`,
    EC2_ACCESS_KEY: id,
    EC2_SECRET_KEY: secret,
    ...(instance !== undefined && { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint + pathOf(settings, instance) }),
  };
  for (const [name, value] of Object.entries(variables)) console.log(assign(name, value));
}

/** The key asked for, else the newest active one of the store, else the pair that open mode takes. */
async function credentials(
  settings: Settings,
  keyId: string | undefined,
): Promise<readonly [id: string, secret: string]> {
  const anyKey = ['test', 'test'] as const;
  const stored = settings.database !== undefined || (!settings.memory && existsSync(storeFile(settings.data)));
  if (!stored && keyId === undefined) return anyKey;
  return withAccounts(settings, async (keeping) => {
    const active = (await listKeys(keeping)).filter((key) => key.status === 'active');
    const key = keyId === undefined ? active.at(-1) : active.find((k) => k.id === keyId);
    if (key !== undefined) return [key.id, keeping.secrets.open(key.sealedSecret)] as const;
    if (keyId !== undefined) throw new Problem('usage', `there is no active access key ${keyId}`);
    if (settings.auth === 'keys')
      throw new Problem('usage', 'there is no active access key: make one with elsewhere key create ACCOUNT');
    return anyKey;
  });
}

/** Where an instance's metadata is. A store in memory has no key that this process could know. */
function pathOf(settings: Settings, instance: string): string {
  if (!/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(instance))
    throw new Problem('usage', `--instance must be the id of an instance, not '${instance}'`);
  const keyless = settings.memory && settings.keyFile === undefined && settings.database === undefined;
  const secret = keyless ? '' : `.${pathSecret(tokenKeyOf(serverKey(settings)), instance)}`;
  return `${metadataPath}${instance}${secret}/`;
}
