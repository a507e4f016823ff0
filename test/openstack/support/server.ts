import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2 } from '@aws-sdk/client-ec2';
import { STS } from '@aws-sdk/client-sts';
import { built, elsewhere, type Program, serve } from '../../serve/program.ts';
import type { Bed } from './bed.ts';
import { until } from './life.ts';

/** The region of the server that the bed is behind. */
export const region = 'os-1';

/** An EC2 credential, as Keystone gives it. */
export interface Credential {
  readonly access: string;
  readonly secret: string;
}

/** The built server, as a process of its own, in front of the bed. It can be killed and started again on its data. */
export class BedServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'elsewhere-openstack-'));
  #program: Program | undefined;

  private constructor(bed: Bed, more: object, beside: object) {
    const aliases = { 't3.micro': bed.flavors[0]!.name };
    const cloud = { cloud: 'elsewhere', clouds: bed.cloudsYaml, aliases, ...more };
    // JSON is YAML, too.
    const settings = { region: { [region]: 'openstack' }, openstack: { [region]: cloud }, ...beside };
    writeFileSync(this.#config, JSON.stringify(settings));
  }

  /**
   * @param more settings of the region, beside or instead of the usual ones; `undefined` takes one away
   * @param beside settings of the server besides the region and its cloud
   */
  static async start(bed: Bed, more: object = {}, beside: object = {}): Promise<BedServer> {
    built();
    const server = new BedServer(bed, more, beside);
    await server.start();
    return server;
  }

  get #config(): string {
    return join(this.#folder, 'elsewhere.yaml');
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#program!.port}`;
  }

  async start(): Promise<void> {
    const data = join(this.#folder, 'data');
    const args = ['--config', this.#config, '--auth', 'keystone', '--data', data, '--log-level', 'warn'];
    this.#program = await serve(args);
  }

  /** How often the cloud was too slow, or down, for an answer to wait for what others did in it. */
  get behind(): number {
    return this.#program!.stderr().split('what others did in the cloud is not known').length - 1;
  }

  /** Ends the process as a power cut would. */
  async kill(): Promise<void> {
    this.#program!.process.kill('SIGKILL');
    await this.#program!.ended;
  }

  /** Ends the process, loses all its data, and starts one that knows nothing. */
  async lose(): Promise<void> {
    await this.kill();
    rmSync(join(this.#folder, 'data'), { recursive: true });
    await this.start();
  }

  /** Ends the process in order when its work is done, and deletes its data. Gives its exit code. */
  async stop(): Promise<number | NodeJS.Signals | null> {
    // What is deleted is out of sight at once; without its data nobody would go on with it in the cloud.
    const metrics = async () => (await fetch(`${this.endpoint}/metrics`)).text();
    await until(metrics, (text) => /^elsewhere_operations_pending 0$/m.test(text));
    this.#program!.process.kill('SIGTERM');
    const code = await this.#program!.ended;
    rmSync(this.#folder, { recursive: true });
    return code;
  }

  /** A client of EC2 that signs with a credential. It does not try again. */
  ec2({ access, secret }: Credential): EC2 {
    return new EC2({ ...this.#client, credentials: { accessKeyId: access, secretAccessKey: secret } });
  }

  async accountOf({ access, secret }: Credential): Promise<string | undefined> {
    const sts = new STS({ ...this.#client, credentials: { accessKeyId: access, secretAccessKey: secret } });
    return (await sts.getCallerIdentity({})).Account;
  }

  /** Where the metadata of an instance is on the port of the APIs, as `elsewhere env` prints it. */
  metadataOf(id: string): string {
    const where = ['--config', this.#config, '--auth', 'keystone', '--data', join(this.#folder, 'data')];
    const { stdout, stderr } = elsewhere(['env', ...where, '--port', String(this.#program!.port), '--instance', id]);
    const found = /AWS_EC2_METADATA_SERVICE_ENDPOINT='([^']+)'/.exec(stdout)?.[1];
    if (found === undefined) throw new Error(`elsewhere env tells no metadata: ${stderr}`);
    return found;
  }

  get #client() {
    return { endpoint: this.endpoint, region, maxAttempts: 1 };
  }
}
