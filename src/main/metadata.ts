import type { Server } from 'node:http';
import { catchUp } from '../cloud/foreign/catchUp.ts';
import type { HttpLimits } from '../fronts/http/limits.ts';
import { createNovaListener } from '../fronts/metadata/listener.ts';
import { createNovaMetadata } from '../fronts/metadata/nova/passOn.ts';
import { createWhose } from '../fronts/metadata/nova/whose.ts';
import { createSystemClock } from './clock/system.ts';
import type { Composition } from './compose.ts';
import type { Settings } from './config/settings.ts';

/** A server for Neutron's metadata agent, and where it is to listen. */
export interface NovaListener {
  readonly region: string;
  readonly host: string;
  readonly port: number;
  readonly server: Server;
  /** Lets go of the connections to Nova. */
  close(): void;
}

/** One for each region whose settings ask for it; none listens yet. */
export function novaListeners(
  settings: Pick<Settings, 'metadata'>,
  { world, metadata }: Composition,
  limits: HttpLimits,
): readonly NovaListener[] {
  return Object.entries(settings.metadata).map(([region, { host, port, secret, nova: address }]) => {
    const log = world.log.child({ region });
    const failed = (error: Error): void =>
      log.error({ err: error, nova: address }, 'Nova’s metadata API does not answer');
    const nova = address === undefined ? undefined : createNovaMetadata(address, failed);
    const foreign = world.regions.get(region)?.driver.foreign ?? {};
    const catchUpOf = (account: string) => catchUp(world, { account, region }, { name: 'DescribeInstances' });
    const whose = createWhose({ metadata, region, foreign, catchUp: catchUpOf, clock: createSystemClock(), log });
    const server = createNovaListener({ metadata, whose, secret, nova, log }, limits);
    return { region, host, port, server, close: () => nova?.close() };
  });
}
