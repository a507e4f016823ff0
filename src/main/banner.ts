import { onPath } from '../drivers/qemu/host.ts';
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
  keys      ${keysOf(settings)}
${hint(settings)}
Paste into a shell:

  ${exportsFor(settings, endpoint, defaultRegion)}
  aws --endpoint-url ${endpoint} ec2 describe-instances

`;
}

/** Where real machines could be had, which takes both programs, the simulator is not all there is. */
const hint = ({ regions }: Settings): string =>
  regions.length === 0 && ['qemu-system-x86_64', 'qemu-img'].every((program) => onPath(program) !== undefined)
    ? '\n  QEMU is here: --region local-1=qemu makes a region of real machines.\n'
    : '';

/** Where clients on this computer reach the server. An address that stands for all of them is none to connect to. */
export function endpointOf(listening: string, port: number): string {
  const host = listening === '0.0.0.0' ? '127.0.0.1' : listening === '::' ? '::1' : listening;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function keysOf({ auth, openToNetwork }: Settings): string {
  if (auth === 'keys') return 'of accounts made with: elsewhere account create';
  if (auth === 'keystone') return 'EC2 credentials of OpenStack (openstack ec2 credentials create)';
  return openToNetwork ? 'any (open mode, open to the network)' : 'any (open mode, this computer only)';
}

function exportsFor({ auth }: Settings, endpoint: string, region: string): string {
  const keys = auth === 'open' ? 'AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test ' : '';
  return `export ${keys}AWS_DEFAULT_REGION=${region} AWS_ENDPOINT_URL=${endpoint}`;
}
