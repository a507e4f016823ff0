import { randomBytes } from 'node:crypto';
import type { Bed, BedUser, Named } from './bed.ts';
import type { Credential } from './server.ts';
import { ask, type Session } from './session.ts';

/** A project that a test makes as the administrator, for itself alone. It has no networks. */
export interface OwnProject extends Named {
  /** Gives a user the role `member` in it. */
  allow(user: Named): Promise<void>;
  forbid(user: Named): Promise<void>;
  disable(): Promise<void>;
  /** An EC2 credential of a user in it, which must be a member. */
  credential(user: Named): Promise<Credential>;
  /** As this user, which must be a member. */
  user(user: BedUser): BedUser;
  remove(): Promise<void>;
}

/** Asks Keystone as the administrator; no success is an error. */
export const keystoneOf =
  (bed: Bed, admin: Session) =>
  async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await ask<T>(`${bed.authUrl}${path}`, { method, token: admin.id, ...(body && { body }) });
    if (answer.status >= 300) throw new Error(`Keystone answered ${answer.status} to ${method} ${path}`);
    return answer.body;
  };

export async function makeProject(bed: Bed, admin: Session): Promise<OwnProject> {
  const keystone = keystoneOf(bed, admin);
  const name = `test-${randomBytes(6).toString('hex')}`;
  const { project } = await keystone<{ project: Named }>('POST', '/projects', {
    project: { name, domain_id: bed.domain.id },
  });
  const { roles } = await keystone<{ roles: readonly Named[] }>('GET', '/roles?name=member');
  const member = (user: Named) => `/projects/${project.id}/users/${user.id}/roles/${roles[0]!.id}`;
  return {
    id: project.id,
    name,
    allow: (user) => keystone('PUT', member(user)),
    forbid: (user) => keystone('DELETE', member(user)),
    disable: async () => void (await keystone('PATCH', `/projects/${project.id}`, { project: { enabled: false } })),
    async credential(user) {
      const path = `/users/${user.id}/credentials/OS-EC2`;
      const { credential } = await keystone<{ credential: Credential }>('POST', path, { tenant_id: project.id });
      return { access: credential.access, secret: credential.secret };
    },
    user: (user) => ({ ...user, project: { id: project.id, name } }),
    // Keystone deletes credentials and roles with the project.
    remove: () => keystone('DELETE', `/projects/${project.id}`),
  };
}
