import { randomInt, randomUUID } from 'node:crypto';
import { CreateVolumeCommand, EC2Client, RunInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';

/** A request with a ClientToken, and what the server told about it. */
export interface Asked {
  readonly token: string;
  readonly kind: 'instance' | 'volume';
  readonly count: number;
  /** Ids, once the client was told of them. */
  told: readonly string[] | undefined;
}

/** What clients have asked for, and were told, over all lives of the server. */
export interface Ledger {
  readonly asked: Asked[];
  /** Instances whose termination was asked for, and those of which it was told. */
  readonly doomed: Set<string>;
  readonly terminated: Set<string>;
}

export const newLedger = (): Ledger => ({ asked: [], doomed: new Set(), terminated: new Set() });

export const clientOf = (endpoint: string): EC2Client =>
  new EC2Client({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

/** Sends a request; sent again, it must be the same request. */
export async function ask(client: EC2Client, imageId: string, asked: Asked): Promise<void> {
  const Tags = [{ Key: 'request', Value: asked.token }];
  const ids =
    asked.kind === 'instance'
      ? (
          await client.send(
            new RunInstancesCommand({
              ...{ ImageId: imageId, InstanceType: 't3.micro', MinCount: asked.count, MaxCount: asked.count },
              ...{ ClientToken: asked.token, TagSpecifications: [{ ResourceType: 'instance', Tags }] },
            }),
          )
        ).Instances!.map((i) => i.InstanceId!)
      : [
          (
            await client.send(
              new CreateVolumeCommand({
                ...{ AvailabilityZone: 'us-east-1a', Size: 1, ClientToken: asked.token },
                TagSpecifications: [{ ResourceType: 'volume', Tags }],
              }),
            )
          ).VolumeId!,
        ];
  if (asked.told !== undefined && asked.told.join() !== ids.join()) {
    throw new Error(`${asked.token} was answered ${asked.told.join()} and then ${ids.join()}`);
  }
  asked.told = ids;
}

async function terminate(client: EC2Client, ledger: Ledger): Promise<void> {
  const known = ledger.asked.flatMap((asked) => (asked.kind === 'instance' ? (asked.told ?? []) : []));
  const living = known.filter((id) => !ledger.doomed.has(id));
  if (living.length === 0) return;
  const id = living[randomInt(living.length)]!;
  ledger.doomed.add(id);
  await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  ledger.terminated.add(id);
}

/** One client that asks for one thing after another until the server is gone. Refusals are not expected. */
export async function keepAsking(client: EC2Client, imageId: string, ledger: Ledger): Promise<void> {
  for (;;) {
    try {
      if (randomInt(4) === 0) await terminate(client, ledger);
      else {
        const kind = randomInt(2) === 0 ? 'instance' : 'volume';
        const asked: Asked = {
          token: randomUUID(),
          kind,
          count: kind === 'volume' ? 1 : randomInt(1, 4),
          told: undefined,
        };
        ledger.asked.push(asked);
        await ask(client, imageId, asked);
      }
    } catch (error) {
      if (isGone(error)) return;
      throw error;
    }
  }
}

/** The connection broke or was refused: the server is dead, and nobody knows what it did last. */
function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code) || /socket hang up|aborted/.test(String(error));
}
