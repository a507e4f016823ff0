import { describe, expect, it } from 'vitest';
import { dependenciesOf, inOrder, moduleName } from './modules.ts';

const module = (...lines: readonly string[]): Buffer => Buffer.from(`\x7fELF…\0${lines.join('\0')}\0rest`);

describe('kernel modules', () => {
  it('say what they need', () => {
    expect(dependenciesOf(module('license=GPL', 'depends=net-failover,virtio', 'name=virtio_net'))).toEqual([
      'net_failover',
      'virtio',
    ]);
    expect(dependenciesOf(module('depends=', 'name=virtio'))).toEqual([]);
    expect(dependenciesOf(module('mydepends=x'))).toEqual([]);
  });

  it('are known by their files', () => {
    expect(moduleName('kernel/drivers/net/net-failover.ko.xz')).toBe('net_failover');
    expect(moduleName('kernel/drivers/virtio/virtio.ko')).toBe('virtio');
    expect(moduleName('modules.dep')).toBeUndefined();
  });

  it('are loaded after what they need, once, and without those that are built in', async () => {
    const needs: Record<string, readonly string[]> = {
      net: ['failover', 'ring'],
      failover: [],
      ring: [],
      blk: ['ring'],
    };
    const order = await inOrder(['blk', 'net', 'built_in'], async (name) => needs[name]);
    expect(order).toEqual(['ring', 'blk', 'failover', 'net']);
  });

  it('may need each other', async () => {
    const needs: Record<string, readonly string[]> = { a: ['b'], b: ['a'] };
    expect(await inOrder(['a'], async (name) => needs[name])).toEqual(['b', 'a']);
  });
});
