import { describe, expect, it } from 'vitest';
import { type Given, readMetadata } from './metadata.ts';
import { Problem } from './problem.ts';

const nothing: Given = {
  host: { value: undefined, source: '--metadata-host' },
  port: { value: undefined, source: '--metadata-port' },
  secret: { value: undefined, source: '--metadata-secret' },
  nova: { value: undefined, source: '--metadata-nova' },
};
const given = (said: Readonly<Record<string, unknown>>): Given =>
  Object.fromEntries(
    Object.entries(nothing).map(([name, found]) => [name, { ...found, value: said[name] }]),
  ) as unknown as Given;
const two = ['os-1', 'os-2'];

describe('places for Neutron’s metadata agent', () => {
  it('are none unless somebody asks for one', () => {
    expect(readMetadata(nothing, undefined, two, undefined)).toEqual({});
    expect(readMetadata(nothing, {}, [], 'a.yaml')).toEqual({});
  });

  it('are those of the file, by region', () => {
    const file = {
      'os-1': { port: 1, secret: 'a' },
      'os-2': { port: 2, secret: 'b', host: '::', nova: 'https://nova:8775/x' },
    };
    expect(readMetadata(nothing, file, two, 'a.yaml')).toEqual({
      'os-1': { host: '127.0.0.1', port: 1, secret: 'a', nova: undefined },
      'os-2': { host: '::', port: 2, secret: 'b', nova: 'https://nova:8775/x' },
    });
  });

  it('may be said by options for the only region, which win', () => {
    const said = given({ port: '8776', secret: 's' });
    const place = { host: '127.0.0.1', port: 8776, secret: 's', nova: undefined };
    expect(readMetadata(said, undefined, ['os-1'], undefined)).toEqual({ 'os-1': place });
    const file = { 'os-1': { port: 1, secret: 'a', nova: 'http://nova:8775' } };
    expect(readMetadata(said, file, ['os-1'], 'a.yaml')).toEqual({ 'os-1': { ...place, nova: 'http://nova:8775' } });
  });

  it.each<[Readonly<Record<string, unknown>>, unknown, readonly string[], string]>([
    [{ port: '1', secret: 's' }, undefined, [], '--metadata-port is for a server with one region'],
    [{ secret: 'hunter2' }, undefined, two, '--metadata-secret is for a server with one region'],
    [{ port: '1' }, undefined, ['os-1'], 'instance metadata of the region os-1 needs a secret'],
    [{ secret: 'hunter2' }, undefined, ['os-1'], 'needs a port (--metadata-port)'],
    [
      { port: '70000', secret: 'hunter2' },
      undefined,
      ['os-1'],
      '--metadata-port must be a whole number from 0 to 65535',
    ],
    [{ port: '1', secret: '' }, undefined, ['os-1'], '--metadata-secret must be a text'],
    [{ port: '1', secret: 's', nova: 'nova:8775' }, undefined, ['os-1'], '--metadata-nova must be an address'],
    [{ port: '1', secret: 's', nova: 'http://u:p@nova/' }, undefined, ['os-1'], '--metadata-nova must be an address'],
    [{ port: '1', secret: 's', host: 'a b' }, undefined, ['os-1'], '--metadata-host must be a name or an address'],
    [{}, { moon: {} }, two, "metadata in a.yaml has 'moon', which is no region whose driver is openstack"],
    [{}, { 'os-1': { port: 1, secret: 's', prot: 1 } }, two, "os-1 in metadata in a.yaml has the unknown key 'prot'"],
    [{}, { 'os-1': { port: 1, secret: 7 } }, two, 'needs a secret'],
    [{}, { 'os-1': 8776 }, two, 'must be a mapping'],
    [{}, [], two, 'must be a mapping'],
  ])('are refused with the place where it was said: %j %j', (said, file, regions, line) => {
    const refused = () => readMetadata(given(said), file, regions, 'a.yaml');
    expect(refused).toThrow(Problem);
    expect(refused).toThrow(line);
    expect(refused).not.toThrow('hunter2');
  });
});
