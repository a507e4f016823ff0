import type { MachineSpec } from '../../../ports/driver.ts';

/** A specification with the automatic public addresses of another. */
export const readdressed = (spec: MachineSpec, { interfaces }: MachineSpec): MachineSpec => ({
  ...spec,
  interfaces: spec.interfaces.map(({ publicIp: _, ...nic }) => {
    const publicIp = interfaces.find(({ id }) => id === nic.id)?.publicIp;
    return publicIp === undefined ? nic : { ...nic, publicIp };
  }),
});
