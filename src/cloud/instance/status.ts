import type { InstanceStatus, InstanceStatusSummary } from '@aws-sdk/client-ec2';
import type { FilterRules } from '../../kernel/filter.ts';
import { resource } from '../../kernel/resource.ts';
import type { Health } from '../../ports/driver.ts';
import { instance } from './instance.ts';
import type { InstanceRow } from './row.ts';
import { stateCodes, viewState } from './state.ts';

/** An instance with what its status checks found. */
export interface StatusRow extends InstanceRow {
  readonly health: { readonly system: Health; readonly instance: Health };
}

const nothing = (doc: string) => ({ of: (): undefined => undefined, doc });

/** Filters that need no status check. */
const rowFilters: FilterRules<StatusRow> = {
  'availability-zone': { of: (i) => i.zone, doc: 'the zone of the instance', indexed: true },
  'availability-zone-id': { of: (i) => i.zoneId, doc: 'the id of the zone' },
  'instance-state-code': { of: (i) => stateCodes[i.state], doc: 'the state as a number' },
  'instance-state-name': { of: (i) => i.state, doc: 'the state', indexed: true },
  'event.code': nothing('the code of a scheduled event'),
  'event.description': nothing('the description of a scheduled event'),
  'event.instance-event-id': nothing('the id of a scheduled event'),
  'event.not-after': nothing('the latest end of a scheduled event'),
  'event.not-before': nothing('the earliest start of a scheduled event'),
  'event.not-before-deadline': nothing('the deadline of a scheduled event'),
  'operator.managed': { of: () => false, doc: 'whether a service manages the instance' },
  'operator.principal': nothing('the service that manages the instance'),
};

/** Filters on what the checks found. */
const healthFilters: FilterRules<StatusRow> = {
  'instance-status.reachability': {
    of: (i) => reachability(i.health.instance),
    doc: 'whether the instance is reachable',
  },
  'instance-status.status': { of: (i) => i.health.instance, doc: 'the status of the instance' },
  'system-status.reachability': { of: (i) => reachability(i.health.system), doc: 'whether the host is reachable' },
  'system-status.status': { of: (i) => i.health.system, doc: 'the status of the host' },
  'attached-ebs-status.status': { of: ebsHealth, doc: 'the status of the attached EBS volumes' },
  'application-status.status': nothing('the status of the application'),
};

/** The names of filters that need the cloud to be asked. */
export const needsHealth = (name: string): boolean => Object.hasOwn(healthFilters, name);

/** Instances as DescribeInstanceStatus lists them. */
export const instanceStatus = resource<StatusRow>()({
  kind: instance.kind,
  prefix: instance.prefix,
  codes: instance.codes,
  filters: { ...rowFilters, ...healthFilters },
  view: (i): InstanceStatus => ({
    AvailabilityZone: i.zone,
    AvailabilityZoneId: i.zoneId,
    Operator: { Managed: false },
    Events: [],
    InstanceId: i.id,
    InstanceState: viewState(i.state),
    InstanceStatus: summary(i.health.instance),
    SystemStatus: summary(i.health.system),
    AttachedEbsStatus: summary(ebsHealth(i)),
  }),
});

/** Volumes are reached through the host: they are as well as it is. */
function ebsHealth(i: StatusRow): Health {
  return i.rootDeviceType === 'ebs' || i.blockDevices.length > 0 ? i.health.system : 'not-applicable';
}

function reachability(health: Health): 'passed' | 'failed' | 'initializing' | 'insufficient-data' | undefined {
  if (health === 'ok') return 'passed';
  if (health === 'impaired') return 'failed';
  return health === 'not-applicable' ? undefined : health;
}

function summary(health: Health): InstanceStatusSummary {
  const status = reachability(health);
  return { Status: health, ...(status && { Details: [{ Name: 'reachability', Status: status }] }) };
}
