import type { OpenStackSettings } from '../../../src/drivers/openstack/settings.ts';
import { readSettings } from '../../../src/drivers/openstack/settings.ts';
import type { Bed } from './bed.ts';

/** Settings of the driver for the bed: the service user of `clouds.yaml`. */
export const settingsOf = ({ cloudsYaml }: Pick<Bed, 'cloudsYaml'>): OpenStackSettings =>
  readSettings({ cloud: 'elsewhere', clouds: cloudsYaml });
