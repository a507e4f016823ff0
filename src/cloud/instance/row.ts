import type { StatefulRow } from '../../kernel/resource.ts';
import type { PublicAddress } from '../interface/row.ts';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** An instance. Everything that DescribeInstances shows is here, so that a row is shown without look-ups. */
export interface InstanceRow extends StatefulRow {
  readonly state: InstanceState;
  /** Why the last change came about, as EC2 words it (`User initiated (2024-01-01 00:00:00 GMT)`). */
  readonly transitionReason: string;
  readonly stateReason?: { readonly code: string; readonly message: string };
  /** `r-…` */
  readonly reservation: string;
  /** Who asked, when not the owner. */
  readonly requester?: string;
  readonly launchIndex: number;
  readonly clientToken?: string;
  readonly launchedAt: number;
  readonly terminatedAt?: number;
  readonly instanceType: string;
  readonly image: string;
  readonly imageName: string;
  readonly architecture: string;
  readonly platform?: 'windows';
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly virtualization: 'hvm' | 'paravirtual';
  readonly hypervisor: 'xen' | 'ovm';
  readonly bootMode?: string;
  readonly currentBootMode?: string;
  readonly enaSupport: boolean;
  readonly kernel?: string;
  readonly ramdisk?: string;
  readonly rootDeviceType: 'ebs' | 'instance-store';
  readonly rootDeviceName?: string;
  readonly keyName?: string;
  readonly publicKey?: string;
  /** What the guest left as its password in OpenStack's metadata, in base64, sealed. */
  readonly password?: string;
  readonly zone: string;
  readonly tenancy: 'default' | 'dedicated' | 'host';
  readonly placementGroup?: string;
  readonly partition?: number;
  readonly vpc?: string;
  readonly subnet?: string;
  readonly privateIp?: string;
  readonly privateDns: string;
  readonly publicDns: string;
  readonly sourceDestCheck: boolean;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly interfaces: readonly InstanceInterface[];
  readonly blockDevices: readonly InstanceBlockDevice[];
  /** Base64, as sent. */
  readonly userData?: string;
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly disableApiTermination: boolean;
  readonly disableApiStop: boolean;
  readonly ebsOptimized: boolean;
  readonly monitoring: 'disabled' | 'enabled';
  readonly sriov?: string;
  readonly cores: number;
  readonly threadsPerCore: number;
  /** Absent when the launch did not say. */
  readonly sevSnp?: 'enabled' | 'disabled';
  readonly metadata: {
    readonly tokens: 'optional' | 'required';
    readonly hopLimit: number;
    readonly endpoint: 'enabled' | 'disabled';
    readonly ipv6: 'enabled' | 'disabled';
    readonly tags: 'enabled' | 'disabled';
  };
  readonly autoRecovery: 'default' | 'disabled';
  readonly zoneId?: string;
  readonly productCodes?: readonly string[];
  readonly tpm?: string;
  /** How the instance is named in DNS; absent: by its address, without records of its own. */
  readonly hostname?: { readonly type: 'ip-name' | 'resource-name'; readonly a: boolean; readonly aaaa: boolean };
  /** Whether it may use a Capacity Reservation; absent: `open`. */
  readonly capacityPreference?: string;
  /** Bandwidth weighting; absent: `default`. */
  readonly bandwidth?: string;
  /** CPU credits of a burstable type, when the request said. */
  readonly credits?: 'standard' | 'unlimited';
  /** Others made it, with the cloud's own tools. */
  readonly adopted?: boolean;
  /** What the cloud called it when it was seen last. */
  readonly cloudName?: string;
  /** What the cloud had as tags when it was seen last. */
  readonly cloudTags?: Readonly<Record<string, string>>;
  /** True while it is stopped: its vCPUs are not counted in the quota. */
  readonly vcpusFreed?: boolean;
}

/** An interface as the instance shows it. */
export interface InstanceInterface {
  readonly id: string;
  readonly attachment: string;
  readonly deviceIndex: number;
  readonly deleteOnTermination: boolean;
  readonly attachedAt: number;
  readonly state: 'attaching' | 'attached' | 'detaching';
  readonly description: string;
  readonly mac: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly privateIps: readonly string[];
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly sourceDestCheck: boolean;
  readonly publicAddress?: PublicAddress;
  /** As on the interface's own row: Elastic IP addresses of the other private addresses. */
  readonly secondaryAddresses?: Readonly<Record<string, PublicAddress>>;
  /** As on the interface's own row: an automatic public address comes and goes with the power. */
  readonly autoPublicAddress?: boolean;
  /** Tags of the interface. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** An attached EBS volume as the instance shows it. */
export interface InstanceBlockDevice {
  readonly device: string;
  readonly volume: string;
  readonly state: 'attaching' | 'attached' | 'detaching';
  readonly attachedAt: number;
  readonly deleteOnTermination: boolean;
}
