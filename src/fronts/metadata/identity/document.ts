import type { InstanceRow } from '../../../cloud/instance/row.ts';

/** The identity document: members, order, spacing and version are EC2's, since what is signed are its bytes. */
export function identityDocument(row: InstanceRow): string {
  const members = {
    accountId: row.account,
    architecture: row.architecture,
    availabilityZone: row.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: row.productCodes?.length ? row.productCodes : null,
    imageId: row.image,
    instanceId: row.id,
    instanceType: row.instanceType,
    kernelId: row.kernel ?? null,
    pendingTime: `${new Date(row.launchedAt).toISOString().slice(0, 19)}Z`,
    privateIp: row.privateIp ?? null,
    ramdiskId: row.ramdisk ?? null,
    region: row.region,
    version: '2017-09-30',
  };
  const lines = Object.entries(members).map(([name, value]) => `  "${name}" : ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
}
