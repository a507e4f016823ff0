import type { Writing } from '../../context/writing.ts';
import { stateReasons } from '../reasons.ts';
import type { LaunchPlan } from './plan.ts';
import { bootModeOf } from './type.ts';

export interface Reservation {
  readonly id: string;
  readonly clientToken: string | undefined;
}

/** The members that all instances of a launch have in common. */
export type CommonRow = ReturnType<typeof commonRow>;

/** Builds, once for a launch, what is the same in the rows of all its instances. */
export const commonRow = (tx: Writing, plan: LaunchPlan, of: Reservation) =>
  // Large literals with spreads in them cost five times this.
  Object.assign({}, ofImage(plan), plan.settings, {
    state: 'pending' as const,
    transitionReason: '',
    stateReason: stateReasons.pending,
    reservation: of.id,
    ...(of.clientToken !== undefined && { clientToken: of.clientToken }),
    launchedAt: tx.now,
    instanceType: plan.type.InstanceType!,
    ...(plan.key && { keyName: plan.key.name, publicKey: plan.key.publicKey }),
    zone: plan.zone.name,
    zoneId: plan.zone.id,
    tenancy: plan.settings.tenancy ?? ('default' as const),
    tags: plan.tags.instance,
  });

/** What an instance has from its image. */
function ofImage({ image, type }: LaunchPlan) {
  const currentBootMode = bootModeOf(type, image);
  return {
    image: image.id,
    imageName: image.name,
    architecture: image.architecture,
    ...(image.platform && { platform: image.platform }),
    platformDetails: image.platformDetails,
    usageOperation: image.usageOperation,
    virtualization: image.virtualization,
    hypervisor: image.hypervisor,
    ...(image.bootMode && { bootMode: image.bootMode }),
    ...(currentBootMode && { currentBootMode }),
    enaSupport: image.enaSupport,
    rootDeviceType: image.rootDeviceType,
    ...(image.rootDeviceName !== undefined && { rootDeviceName: image.rootDeviceName }),
    ...(image.sriov !== undefined && { sriov: image.sriov }),
    ...(image.tpm !== undefined && { tpm: image.tpm }),
    ...(image.productCodes.length > 0 && { productCodes: image.productCodes }),
  };
}
