import { type Call, DriverError, type Kind, type Seen } from '../../../ports/driver.ts';

/** A kind whose things are all in one region: elsewhere nothing is there, and nothing is made. */
export const inRegion = <Spec, S extends Seen>(region: string, kind: Kind<Spec, S>): Kind<Spec, S> => ({
  ensure: async (id, spec, call) => {
    needRegion(region, call);
    return kind.ensure(id, spec, call);
  },
  look: async (id, call) => (call.region === region ? kind.look(id, call) : undefined),
  absent: async (id, call) => (call.region === region ? kind.absent(id, call) : { settled: true }),
  async *list(call) {
    if (call.region === region) yield* kind.list(call);
  },
});

/** Refuses a call for another region. */
export function needRegion(region: string, call: Pick<Call, 'region'>): void {
  if (call.region !== region) throw new DriverError('invalid', `the region ${call.region} is not here`);
}
