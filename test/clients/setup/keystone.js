/** Projects for the programs in a real OpenStack, as its administrator: each with a network, and deleted at the end. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** As on AWS, so that programs find the addresses that they look for. */
const cidr = '172.31.0.0/16';

/**
 * @typedef {object} Project
 * @property {string} id
 * @property {{ access: string, secret: string }} ec2 a credential of its user
 */

/** The bed that `scripts/openstack.js` tells of. */
export function bed() {
  const path = process.env.ELSEWHERE_TEST_OPENSTACK;
  if (!path)
    throw new Error('ELSEWHERE_TEST_OPENSTACK must be the path of a bed.json: npm run test:openstack gives it');
  return JSON.parse(readFileSync(path, 'utf8'));
}

/**
 * @param {string} url
 * @param {{ method?: string, token?: string, body?: unknown }} [request]
 * @returns {Promise<{ headers: Headers, body: any }>}
 */
async function ask(url, { method = 'GET', token, body } = {}) {
  const headers = { 'content-type': 'application/json', ...(token && { 'x-auth-token': token }) };
  const answer = await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} was answered ${answer.status}: ${text.slice(0, 300)}`);
  return { headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** A user in a project. */
class Session {
  /** @param {any} cloud the bed @param {{ id: string, password: string }} user @param {string} project its id */
  static async open(cloud, user, project) {
    const identity = { methods: ['password'], password: { user: { id: user.id, password: user.password } } };
    const body = { auth: { identity, scope: { project: { id: project } } } };
    const answer = await ask(`${cloud.authUrl}/auth/tokens`, { method: 'POST', body });
    const services = answer.body.token.catalog;
    const urlOf = (/** @type {string} */ type) =>
      services
        .find((/** @type {any} */ one) => one.type === type)
        .endpoints.find((/** @type {any} */ one) => one.interface === 'public' && one.region_id === cloud.region).url;
    return new Session(String(answer.headers.get('x-subject-token')), cloud.authUrl, `${urlOf('network')}/v2.0`);
  }

  /** @param {string} token @param {string} identity @param {string} network */
  constructor(token, identity, network) {
    this.token = token;
    this.urls = { identity, network };
  }

  /** @param {'identity' | 'network'} service @param {string} method @param {string} path @param {unknown} [body] */
  async ask(service, method, path, body) {
    return (await ask(this.urls[service] + path, { method, token: this.token, body })).body;
  }
}

/** Makes projects, and takes them away with all that was made for them. */
export class Projects {
  /** @type {(() => Promise<unknown>)[]} */
  #undo = [];

  /** @param {any} cloud the bed */
  static async open(cloud) {
    const { admin } = cloud.users;
    const session = await Session.open(cloud, admin, admin.project.id);
    const { roles } = await session.ask('identity', 'GET', '/roles?name=member');
    return new Projects(cloud, session, roles[0].id);
  }

  /** @param {any} cloud @param {Session} admin @param {string} member id of the role */
  constructor(cloud, admin, member) {
    this.cloud = cloud;
    this.admin = admin;
    this.member = member;
  }

  /**
   * A project in which the user `demo` and the server's own are members.
   * @param {boolean} networked whether it has a network
   * @returns {Promise<Project>}
   */
  async make(networked) {
    const { demo, elsewhere } = this.cloud.users;
    const name = `clients-${randomBytes(5).toString('hex')}`;
    const wanted = { project: { name, domain_id: this.cloud.domain.id } };
    const { project } = await this.admin.ask('identity', 'POST', '/projects', wanted);
    this.#undo.push(() => this.admin.ask('identity', 'DELETE', `/projects/${project.id}`));
    for (const user of [demo, elsewhere])
      await this.admin.ask('identity', 'PUT', `/projects/${project.id}/users/${user.id}/roles/${this.member}`);
    const asked = { tenant_id: project.id };
    const { credential } = await this.admin.ask('identity', 'POST', `/users/${demo.id}/credentials/OS-EC2`, asked);
    if (networked) await this.#network(project.id);
    return { id: project.id, ec2: { access: credential.access, secret: credential.secret } };
  }

  /** @param {string} project_id */
  async #network(project_id) {
    const make = async (/** @type {string} */ kind, /** @type {object} */ wanted) => {
      const made = await this.admin.ask('network', 'POST', `/${kind}s`, { [kind]: { ...wanted, project_id } });
      this.#undo.push(() => this.admin.ask('network', 'DELETE', `/${kind}s/${made[kind].id}`));
      return made[kind].id;
    };
    // The default group comes with the first network, and stays when the project goes.
    this.#undo.push(async () => {
      const { security_groups } = await this.admin.ask('network', 'GET', `/security-groups?project_id=${project_id}`);
      for (const { id } of security_groups) await this.admin.ask('network', 'DELETE', `/security-groups/${id}`);
    });
    // Without names: they would be tags, which a new account of AWS has not.
    const network_id = await make('network', {});
    const subnet_id = await make('subnet', { network_id, ip_version: 4, cidr, enable_dhcp: false });
    const router = await make('router', { external_gateway_info: { network_id: this.cloud.networks.public.id } });
    await this.admin.ask('network', 'PUT', `/routers/${router}/add_router_interface`, { subnet_id });
    this.#undo.push(() =>
      this.admin.ask('network', 'PUT', `/routers/${router}/remove_router_interface`, { subnet_id }),
    );
  }

  /** Takes everything away. @returns {Promise<readonly string[]>} what could not be */
  async remove() {
    const troubles = [];
    for (const undo of this.#undo.splice(0).reverse()) {
      await undo().catch((/** @type {Error} */ error) => troubles.push(error.message));
    }
    return troubles;
  }
}
