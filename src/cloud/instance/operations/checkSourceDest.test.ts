import { afterEach, expect, it } from 'vitest';
import { type CloudNetworks, createCloudNetworks } from '../../../../test/support/cloudNetworks.ts';
import { expectRefusal, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { DriverError } from '../../../ports/driver.ts';
import { launched } from '../instance.fixture.ts';

let w: TestWorld;
let networks: CloudNetworks;
/** What the cloud says to the next change, instead of making it. */
let trouble: DriverError | undefined;

async function instanceIn(can = true) {
  trouble = undefined;
  w = await testWorld({
    wrap: (driver, shelf) => {
      networks = createCloudNetworks(shelf, { pool: 9, groups: 9, rulesPerGroup: 9 });
      const setSourceDestCheck: CloudNetworks['setSourceDestCheck'] = async (...given) => {
        const said = trouble;
        trouble = undefined;
        if (said !== undefined) throw said;
        return networks.setSourceDestCheck!(...given);
      };
      const own = can ? { ...networks, setSourceDestCheck } : undefined;
      return { ...driver, can: { ...driver.can, sourceDestCheck: can }, ...(own && { networks: own }) };
    },
  });
  const [id = ''] = await launched(w, {});
  await w.settle();
  const { NetworkInterfaces } = (await shown(id))!;
  return { id, eni: NetworkInterfaces[0].NetworkInterfaceId as string };
}

const shown = async (id: string) =>
  (await w.call('DescribeInstances', { InstanceIds: [id] })).Reservations[0].Instances[0];
const modify = (InstanceId: string, Value: boolean) =>
  w.call('ModifyInstanceAttribute', { InstanceId, SourceDestCheck: { Value } });
const checks = async (id: string) => {
  const { SourceDestCheck, NetworkInterfaces } = await shown(id);
  const asked = { InstanceId: id, Attribute: 'sourceDestCheck' };
  const attribute = (await w.call('DescribeInstanceAttribute', asked)).SourceDestCheck.Value;
  return [SourceDestCheck, NetworkInterfaces[0].SourceDestCheck, attribute];
};

afterEach(() => w.close());

it('is switched off and on in the cloud, and shown so', async () => {
  const { id, eni } = await instanceIn();
  await modify(id, false);
  expect([await checks(id), await networks.unchecked()]).toEqual([[false, false, false], [eni]]);
  await modify(id, false);
  await modify(id, true);
  expect([await checks(id), await networks.unchecked()]).toEqual([[true, true, true], []]);
});

it('is as it was where the cloud refuses', async () => {
  const { id } = await instanceIn();
  trouble = new DriverError('denied', 'the network is another’s');
  await expectRefusal(modify(id, false), 'UnauthorizedOperation');
  expect([await checks(id), await networks.unchecked()]).toEqual([[true, true, true], []]);
});

it('cannot be switched off in a cloud that always checks', async () => {
  const { id } = await instanceIn(false);
  await expectRefusal(modify(id, false), 'Unsupported', /always checks/);
  await modify(id, true);
  expect(await checks(id)).toEqual([true, true, true]);
});
