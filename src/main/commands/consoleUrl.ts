import { existsSync } from 'node:fs';
import { listKeys } from '../../cloud/identity/accounts.ts';
import { presign, type Signer } from '../../fronts/awsquery/signature/presign.ts';
import { consolePaths } from '../../fronts/consoles/door.ts';
import type { ConsoleKind } from '../../ports/consoles.ts';
import { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import { storeFile } from '../openStore.ts';
import type { Where } from '../qemuFolder.ts';
import { needInstance } from './instance.ts';
import { withAccounts } from './keeping.ts';

/** How long a URL can be used to open a console, in seconds. */
const seconds = 300;

export interface UrlFlags extends Where {
  /** Where the server is, for whoever opens the URL. */
  readonly endpoint: string;
}

/** `elsewhere console ID --url`, `elsewhere vnc ID`: where a page opens the console, signed by a key of the instance's account. */
export async function printConsoleUrl(
  settings: Settings,
  kind: ConsoleKind,
  id: string,
  { endpoint, ...where }: UrlFlags,
): Promise<void> {
  const { record } = await needInstance(settings, id, where);
  const path = consolePaths[kind] + id;
  const { protocol, host } = urlOf(endpoint);
  const by = await signerOf(settings, record.account);
  const asked = { host, path, service: 'ec2', region: where.region };
  const query = by === undefined ? '' : `?${presign(asked, by, Date.now(), seconds)}`;
  console.log(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}${path}${query}`);
}

function urlOf(endpoint: string): URL {
  if (/^https?:\/\//.test(endpoint) && URL.canParse(endpoint)) return new URL(endpoint);
  throw new Problem(
    'usage',
    `--endpoint must be the URL of the server, such as http://127.0.0.1:4566, not '${endpoint}'`,
  );
}

/** The newest key of an account; undefined where it has none: then it is of a server in open mode, which needs no signature. */
async function signerOf(settings: Settings, account: string | undefined): Promise<Signer | undefined> {
  if (account === undefined) return undefined;
  if (settings.database === undefined && (settings.memory || !existsSync(storeFile(settings.data)))) return undefined;
  return withAccounts(settings, async (keeping) => {
    const active = (await listKeys(keeping, account)).filter((key) => key.status === 'active');
    const key = active.at(-1);
    return key && { accessKeyId: key.id, secret: keeping.secrets.open(key.sealedSecret) };
  });
}
