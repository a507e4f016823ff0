import type { Driver } from '../../src/ports/driver.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Life } from './life.ts';

/** Every call of a verb of the driver goes through `tap`. Lists do not: only tests ask for them. */
export function tapped(driver: Driver, tap: <T>(verb: string, work: () => Promise<T>) => Promise<T>): Driver {
  const verbs = <K extends object>(name: string, kind: K): K =>
    new Proxy(kind, {
      get(target, verb) {
        const method: unknown = Reflect.get(target, verb);
        if (typeof method !== 'function' || verb === 'list') return method;
        return (...args: readonly unknown[]) =>
          tap(`${name}.${String(verb)}`, () => Reflect.apply(method, target, args) as Promise<unknown>);
      },
    });
  const { networks } = driver;
  return {
    ...driver,
    ...(networks !== undefined && {
      networks: {
        ...verbs('networks', networks),
        ...(networks.addresses && { addresses: verbs('addresses', networks.addresses) }),
        ...(networks.groups && { groups: verbs('groups', networks.groups) }),
      },
    }),
    compute: verbs('compute', driver.compute),
    volumes: verbs('volumes', driver.volumes),
    snapshots: verbs('snapshots', driver.snapshots),
    images: verbs('images', driver.images),
    ...(driver.imageSharing && { imageSharing: verbs('imageSharing', driver.imageSharing) }),
  };
}

/** The store as a process sees it that may die. */
export function mortalStore(store: Store, life: Life): Store {
  const gated = <O extends object>(object: O): O =>
    new Proxy(object, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...args: readonly unknown[]) =>
          life.pass(() => Reflect.apply(method, target, args) as Promise<unknown>);
      },
    });
  const { operations } = store;
  return {
    read: gated(store.read),
    operations: {
      nextDue: () => life.pass(() => operations.nextDue()),
      pending: () => life.pass(() => operations.pending()),
      of: (subject) => life.pass(() => operations.of(subject)),
      unfinished: (ids) => life.pass(() => operations.unfinished(ids)),
      claim: (...args) => life.point('claim', () => operations.claim(...args)),
      renew: (...args) => life.point('renew', () => operations.renew(...args)),
      release: (owner) => life.point('release', () => operations.release(owner)),
    },
    write: (scope, body) => life.point('write', () => store.write(scope, body)),
    shelf(name) {
      const shelf = store.shelf(name);
      return {
        get: (key) => life.pass(() => shelf.get(key)),
        list: (prefix) => life.pass(() => shelf.list(prefix)),
        put: (key, value) => life.point('put', () => shelf.put(key, value)),
        delete: (key) => life.point('delete', () => shelf.delete(key)),
      };
    },
    ping: () => life.pass(() => store.ping()),
    close: () => life.pass(() => store.close()),
  };
}
