import { keyring } from '../cloud/identity/keyring.ts';
import { accountOfProject } from '../cloud/identity/projects.ts';
import { type Authenticate, keyedDoor, openDoor } from '../fronts/query/authenticate.ts';
import { delegatedDoor } from '../fronts/query/delegated.ts';
import type { Proven } from '../ports/identity.ts';
import type { Composition } from './compose.ts';
import type { Settings } from './config/settings.ts';

/** How a server finds out who is asking, in each mode. */
export function authentication(auth: Settings['auth'], { world, defaultRegion }: Composition): Authenticate {
  if (auth === 'open') return openDoor;
  if (auth === 'keys') return keyedDoor(keyring(world.store, world.secrets));
  return delegatedDoor((region = defaultRegion) => {
    const authority = world.regions.get(region)?.driver.identity;
    const accountOf = ({ project, projectName }: Proven) =>
      accountOfProject(world, { cloud: region, id: project, name: projectName });
    return authority && { authority, accountOf };
  });
}
