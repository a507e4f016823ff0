import type { InstanceNetworkInterfaceSpecification, InstanceTypeInfo, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { fail, invalid } from '../../../kernel/errors.ts';
import type { Reading } from '../../context/reading.ts';

const refuseTogether = (message: string): never => fail('InvalidParameterCombination', message);

/** Refuses parameters of the instance that its interfaces' own exclude, and single addresses for several instances. */
export function checkCombinations(input: RunInstancesRequest, most: number): void {
  const specs = input.NetworkInterfaces ?? [];
  if (specs.length > 0) {
    const both = (what: string) =>
      refuseTogether(`Network interfaces and an instance-level ${what} may not be specified on the same request`);
    if (input.SubnetId) both('subnet ID');
    if ((input.SecurityGroupIds ?? []).length + (input.SecurityGroups ?? []).length > 0) both('security groups');
    if (input.PrivateIpAddress) both('private address');
  }
  if (most > 1 && (input.PrivateIpAddress || specs.some((s) => s.PrivateIpAddress || s.PrivateIpAddresses?.length))) {
    refuseTogether('A private IP address may not be specified when launching more than one instance');
  }
  if (most > 1 && specs.some((s) => s.NetworkInterfaceId)) {
    refuseTogether('A network interface ID may not be specified when launching more than one instance');
  }
}

/** Each interface has a place of its own on the instance, and one is the first. */
export function checkIndexes(specs: readonly InstanceNetworkInterfaceSpecification[], type: InstanceTypeInfo): void {
  if (specs.length === 0) return;
  const indexes = specs.map(
    (s) => s.DeviceIndex ?? fail('InvalidParameterValue', 'Each network interface requires a device index.'),
  );
  if (new Set(indexes).size < indexes.length)
    fail('InvalidParameterValue', 'Each network interface requires a unique device index.');
  if (!indexes.includes(0)) fail('InvalidParameterValue', 'A network interface with device index 0 is required.');
  const most = type.NetworkInfo?.MaximumNetworkInterfaces ?? 1;
  if (indexes.length > most) {
    fail('AttachmentLimitExceeded', `Interface count ${indexes.length} exceeds the limit for ${type.InstanceType}`);
  }
  for (const index of indexes)
    if (index < 0 || index >= most)
      invalid(index, 'networkInterface.deviceIndex', `It must be between 0 and ${most - 1}.`);
  for (const spec of specs) checkSpec(spec);
}

function checkSpec(spec: InstanceNetworkInterfaceSpecification): void {
  if (spec.InterfaceType && spec.InterfaceType !== 'interface') {
    if (!['efa', 'efa-only'].includes(spec.InterfaceType))
      invalid(spec.InterfaceType, 'networkInterface.interfaceType', 'Valid values: interface, efa, efa-only.');
    fail('Unsupported', `Network interfaces of type ${spec.InterfaceType} are not offered in this region.`);
  }
  if (spec.NetworkCardIndex)
    invalid(
      spec.NetworkCardIndex,
      'networkInterface.networkCardIndex',
      'Only network card 0 is offered in this region.',
    );
  if (spec.AssociateCarrierIpAddress) fail('Unsupported', 'Carrier IP addresses are only offered in Wavelength Zones.');
  if ((spec.Ipv4Prefixes ?? []).length > 0 || spec.Ipv4PrefixCount)
    fail('Unsupported', 'Prefix delegation is not offered in this region.');
  if (spec.EnaSrdSpecification?.EnaSrdEnabled) fail('Unsupported', 'ENA Express is not offered in this region.');
  if (spec.ConnectionTrackingSpecification !== undefined)
    fail('Unsupported', 'Connection tracking timeouts cannot be set in this region.');
  if (spec.EnaQueueCount !== undefined) fail('Unsupported', 'Flexible ENA queues are not offered in this region.');
  const further = spec.SecondaryPrivateIpAddressCount;
  if (further !== undefined && further < 0)
    invalid(further, 'secondaryPrivateIpAddressCount', 'It must not be negative.');
}

/** Refuses more private addresses than an interface of the type may have. */
export function checkAddresses(count: number, type: InstanceTypeInfo): void {
  if (count > (type.NetworkInfo?.Ipv4AddressesPerInterface ?? 1))
    fail('PrivateIpAddressLimitExceeded', 'Number of private addresses will exceed limit.');
}

/** No subnet has an IPv6 block yet: whoever asks for IPv6 is told what EC2 says of such a subnet. */
export function refuseUnofferedNetwork(input: RunInstancesRequest, subnetId: string): void {
  const specs = input.NetworkInterfaces ?? [];
  const top =
    Boolean(input.Ipv6AddressCount) || (input.Ipv6Addresses ?? []).length > 0 || input.EnablePrimaryIpv6 === true;
  const below = specs.some(
    (s) =>
      s.Ipv6AddressCount || s.Ipv6Addresses?.length || s.PrimaryIpv6 || s.Ipv6PrefixCount || s.Ipv6Prefixes?.length,
  );
  if (top && specs.length > 0) {
    refuseTogether('Network interfaces and an instance-level IPv6 address may not be specified on the same request');
  }
  if (top || below) fail('InvalidParameterValue', `The subnet '${subnetId}' does not have an IPv6 CIDR block.`);
}

/** Refuses an automatic public address where the cloud gives addresses to accounts only. */
export function refuseAutomatic({ here }: Reading): void {
  if (here.driver.can.automaticAddresses) return;
  fail(
    'UnsupportedOperation',
    'The cloud behind this region gives no automatic public addresses (AssociatePublicIpAddress). Associate an Elastic IP.',
  );
}
