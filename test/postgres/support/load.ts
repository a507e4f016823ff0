import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type EC2, EC2ServiceException } from '@aws-sdk/client-ec2';

/** What clients were told, and what they did not expect. */
export interface Ledger {
  /** Client token of each launch, and its instance. */
  readonly launches: Map<string, string>;
  readonly terminated: Set<string>;
  /** Client token of each volume, and the volume. */
  readonly volumes: Map<string, string>;
  readonly deleted: Set<string>;
  /** The last value of the tag `turn` of each volume. */
  readonly tags: Map<string, string>;
  /** Name of each group, and its id. */
  readonly groups: Map<string, string>;
  /** Requests sent again because the server was gone or said that it could not serve. */
  retried: number;
  readonly surprises: string[];
}

export interface LoadOptions {
  /** Clients of the servers that are up. */
  readonly clients: () => readonly EC2[];
  readonly image: string;
  readonly zone: string;
  /** Whether a server may answer 503 at this time. */
  readonly mayFail: () => boolean;
}

export interface Load {
  readonly ledger: Ledger;
  /** Lets every round come to its end. */
  stop(): Promise<void>;
}

const patienceMs = 40_000;

const emptyLedger = (): Ledger => ({
  launches: new Map(),
  terminated: new Set(),
  volumes: new Map(),
  deleted: new Set(),
  tags: new Map(),
  groups: new Map(),
  retried: 0,
  surprises: [],
});

/** Several clients at once that do a bit of everything, each request at any of the servers, until they are stopped. */
export function startLoad(options: LoadOptions, width: number): Load {
  const ledger = emptyLedger();
  let stopped = false;
  const worker = async (number: number): Promise<void> => {
    for (let round = 0; !stopped; round++) await new Round(options, ledger, `${number}-${round}`).run();
  };
  const workers = Promise.all(
    Array.from({ length: width }, (_, number) =>
      worker(number).catch((error: Error) => {
        ledger.surprises.push(`worker ${number} gave up: ${error.stack}`);
      }),
    ),
  );
  return {
    ledger,
    async stop() {
      stopped = true;
      await workers;
    },
  };
}

class Round {
  readonly #options: LoadOptions;
  readonly #ledger: Ledger;
  readonly #name: string;

  constructor(options: LoadOptions, ledger: Ledger, name: string) {
    this.#options = options;
    this.#ledger = ledger;
    this.#name = name;
  }

  async run(): Promise<void> {
    const instance = await this.#launch();
    const volume = await this.#volume();
    await this.#tag(volume, 'one');
    await this.#tag(volume, 'two');
    await this.#group();
    const odd = Number(this.#name.split('-')[1]) % 2 === 1;
    if (odd) await this.#terminate(instance);
    else await this.#delete(volume);
  }

  #any(): EC2 {
    const clients = this.#options.clients();
    return clients[Math.floor(Math.random() * clients.length)]!;
  }

  /** Asks any server until one answers. `taken`: codes that mean that an earlier, unanswered try has worked. */
  async #ask<T>(work: (client: EC2) => Promise<T>, taken: readonly string[] = []): Promise<T | undefined> {
    for (const until = Date.now() + patienceMs; ; ) {
      try {
        return await work(this.#any());
      } catch (error) {
        if (error instanceof EC2ServiceException && taken.includes(error.name)) return undefined;
        if (Date.now() > until || !this.#passes(error as Error)) throw error;
        this.#ledger.retried++;
        await wait(100);
      }
    }
  }

  /** Whether trouble is a server that went away, or one that says that it cannot serve. */
  #passes(error: Error): boolean {
    if (!(error instanceof EC2ServiceException)) return true;
    if (error.name !== 'ServiceUnavailable' || error.$metadata.httpStatusCode !== 503) return false;
    if (!this.#options.mayFail()) this.#ledger.surprises.push('a server could not serve');
    return true;
  }

  /** Every other launch is sent twice at once, to any two servers, with one token. */
  async #launch(): Promise<string> {
    const { image, zone } = this.#options;
    const token = randomUUID();
    const input = { ImageId: image, InstanceType: 't3.nano', MinCount: 1, MaxCount: 1, ClientToken: token } as const;
    const run = () => this.#ask((ec2) => ec2.runInstances({ ...input, Placement: { AvailabilityZone: zone } }));
    const twice = this.#name.endsWith('0');
    const ids = (await Promise.all(twice ? [run(), run()] : [run()])).map((r) => r!.Instances![0]!.InstanceId!);
    if (new Set(ids).size !== 1) this.#ledger.surprises.push(`token ${token} gave ${ids}`);
    this.#ledger.launches.set(token, ids[0]!);
    await this.#seesInstance(ids[0]!);
    return ids[0]!;
  }

  /** What was answered is there at once, whichever server is asked. */
  async #seesInstance(id: string): Promise<void> {
    await this.#ask((ec2) => ec2.describeInstances({ InstanceIds: [id] }));
  }

  async #volume(): Promise<string> {
    const token = randomUUID();
    const made = await this.#ask((ec2) =>
      ec2.createVolume({
        Size: 1,
        AvailabilityZone: this.#options.zone,
        ClientToken: token,
        TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'token', Value: token }] }],
      }),
    );
    this.#ledger.volumes.set(token, made!.VolumeId!);
    return made!.VolumeId!;
  }

  /** Writes through one server; each server, asked the same as before, then answers what is new. */
  async #tag(volume: string, turn: string): Promise<void> {
    await this.#ask((ec2) => ec2.createTags({ Resources: [volume], Tags: [{ Key: 'turn', Value: turn }] }));
    this.#ledger.tags.set(volume, turn);
    for (let look = 0; look < 2; look++) {
      const seen = await this.#ask((ec2) => ec2.describeVolumes({ VolumeIds: [volume] }));
      const value = seen!.Volumes![0]!.Tags?.find((tag) => tag.Key === 'turn')?.Value;
      if (value !== turn) this.#ledger.surprises.push(`${volume}: tag ${value} seen after ${turn} was written`);
    }
  }

  async #group(): Promise<void> {
    const name = `group-${this.#name}`;
    const create = { GroupName: name, Description: 'of a test' };
    const made = await this.#ask((ec2) => ec2.createSecurityGroup(create), ['InvalidGroup.Duplicate']);
    const id = made?.GroupId ?? (await this.#groupNamed(name));
    const permission = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
    await this.#ask(
      (ec2) => ec2.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions: [permission] }),
      ['InvalidPermission.Duplicate'],
    );
    this.#ledger.groups.set(name, id);
  }

  async #groupNamed(name: string): Promise<string> {
    const filters = [{ Name: 'group-name', Values: [name] }];
    const found = await this.#ask((ec2) => ec2.describeSecurityGroups({ Filters: filters }));
    return found!.SecurityGroups![0]!.GroupId!;
  }

  async #terminate(id: string): Promise<void> {
    await this.#ask((ec2) => ec2.terminateInstances({ InstanceIds: [id] }));
    this.#ledger.terminated.add(id);
  }

  /** A volume can be deleted once it is made. */
  async #delete(id: string): Promise<void> {
    for (;;) {
      const seen = await this.#ask((ec2) => ec2.describeVolumes({ VolumeIds: [id] }));
      if (seen!.Volumes![0]!.State === 'available') break;
      await wait(200);
    }
    await this.#ask((ec2) => ec2.deleteVolume({ VolumeId: id }), ['InvalidVolume.NotFound', 'IncorrectState']);
    this.#ledger.deleted.add(id);
  }
}
