/**
 * The members of EC2's inputs that take a fraction. The SDK's schemas say "number" for int, long, float and double alike, so
 * these are named here, by shape and member; every other number on the wire is an integer. (Data types of the EC2 API
 * Reference whose type is Double or Float.)
 */
export const decimals: ReadonlySet<string> = new Set([
  'FleetLaunchTemplateOverridesRequest.Priority',
  'FleetLaunchTemplateOverridesRequest.WeightedCapacity',
  'LaunchTemplateOverrides.Priority',
  'LaunchTemplateOverrides.WeightedCapacity',
  'MemoryGiBPerVCpu.Max',
  'MemoryGiBPerVCpu.Min',
  'MemoryGiBPerVCpuRequest.Max',
  'MemoryGiBPerVCpuRequest.Min',
  'NetworkBandwidthGbps.Max',
  'NetworkBandwidthGbps.Min',
  'NetworkBandwidthGbpsRequest.Max',
  'NetworkBandwidthGbpsRequest.Min',
  'PriceScheduleSpecification.Price',
  'ReservationFleetInstanceSpecification.Weight',
  'ReservedInstanceLimitPrice.Amount',
  'SpotFleetLaunchSpecification.WeightedCapacity',
  'SpotFleetRequestConfigData.FulfilledCapacity',
  'SpotFleetRequestConfigData.OnDemandFulfilledCapacity',
  'TotalLocalStorageGB.Max',
  'TotalLocalStorageGB.Min',
  'TotalLocalStorageGBRequest.Max',
  'TotalLocalStorageGBRequest.Min',
]);
