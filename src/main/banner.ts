import type { Composition } from './compose.ts';
import type { Settings } from './config/settings.ts';
import { version } from './version.ts';

/** What a user sees at start: where, what, and the two lines to paste. */
export function banner(settings: Settings, { defaultRegion, world }: Composition, port: number): string {
  const endpoint = endpointOf(settings.host, port);
  const driver = world.regions.get(defaultRegion)!.driver.name;
  const others = world.regions.size - 1;
  const kept =
    settings.database === undefined ? (settings.memory ? 'nowhere (--memory)' : settings.data) : 'PostgreSQL';
  return `Elsewhere ${version} is ready.

  endpoint  ${endpoint}
  region    ${defaultRegion}${others > 0 ? ` (and ${others} more)` : ''}
  driver    ${driver}
  data      ${kept}
  keys      ${settings.auth === 'open' ? 'any (open mode, this computer only)' : 'of accounts made with: elsewhere account create'}

Paste into a shell:

  ${exportsFor(settings, endpoint, defaultRegion)}
  aws --endpoint-url ${endpoint} ec2 describe-instances

`;
}

export const endpointOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

function exportsFor({ auth }: Settings, endpoint: string, region: string): string {
  const keys = auth === 'open' ? 'AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test ' : '';
  return `export ${keys}AWS_DEFAULT_REGION=${region} AWS_ENDPOINT_URL=${endpoint}`;
}
