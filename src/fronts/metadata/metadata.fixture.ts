import type { InstanceRow } from '../../cloud/instance/row.ts';
import type { MetadataReply } from './reply.ts';
import type { MetadataRequest, MetadataService } from './service.ts';

/** A guest's GET of a path, with `more` laid over. */
export const request = (path: string, more: Partial<MetadataRequest> = {}): MetadataRequest => ({
  method: 'GET',
  path,
  token: undefined,
  seconds: undefined,
  forwarded: false,
  ...more,
});

/** A guest: asks the service as one instance. */
export const guest =
  (service: MetadataService, region: string, id: string) =>
  async (path: string, more: Partial<MetadataRequest> = {}): Promise<MetadataReply> =>
    service.answer((await service.find(region, id)) as InstanceRow, request(path, more));

export const textOf = ({ body }: MetadataReply): string =>
  typeof body === 'string' ? body : Buffer.from(body).toString('utf8');

/**
 * Reads everything that is listed below a path, as cloud-init does: a name with a slash is a folder, `0=name` is a key.
 * Gives the values by their paths; throws where something that is listed is not there.
 */
export async function walk(
  ask: (path: string) => Promise<MetadataReply>,
  below: string,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  const need = async (path: string): Promise<string> => {
    const reply = await ask(path);
    if (reply.status !== 200) throw new Error(`${path} is listed and answers ${reply.status}`);
    return textOf(reply);
  };
  for (const name of (await need(below)).split('\n')) {
    const key = /^(\d+)=/.exec(name)?.[1];
    if (key !== undefined) values.set(`${below}${key}/openssh-key`, await need(`${below}${key}/openssh-key`));
    else if (!name.endsWith('/')) values.set(`${below}${name}`, await need(`${below}${name}`));
    else for (const [path, value] of await walk(ask, `${below}${name}`)) values.set(path, value);
  }
  return values;
}
