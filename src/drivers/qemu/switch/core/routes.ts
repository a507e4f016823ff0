import type { Route } from '../../network/plane.ts';
import { type Cidr, type Ip, inside, needCidr } from '../packets/addresses.ts';

/** Where packets go: `local` is the VPC itself. */
export type Target = Route['to'] | { readonly kind: 'local' };

export interface CompiledRoute {
  readonly cidr: Cidr;
  readonly to: Target;
}

const local: Target = { kind: 'local' };

/** The routes of a subnet, longest prefix first; of equal ones, the VPC's own blocks win. */
export function compileRoutes(vpcCidrs: readonly Cidr[], routes: readonly Route[]): readonly CompiledRoute[] {
  const own = vpcCidrs.map((cidr) => ({ cidr, to: local }));
  const others = routes.map(({ cidr, to }) => ({ cidr: needCidr(cidr), to }));
  return [...own, ...others].sort((one, other) => other.cidr.prefix - one.cidr.prefix);
}

/** Where a packet to an address goes; undefined: nowhere. */
export function routeOf(routes: readonly CompiledRoute[], ip: Ip): Target | undefined {
  for (const route of routes) if (inside(route.cidr, ip)) return route.to;
  return undefined;
}
