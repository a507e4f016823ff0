import { afterEach, beforeEach, expect, it } from 'vitest';
import { expectRefusal, type Output, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { imageWhere, launched, overheard, paravirtual, run, seen } from '../instance.fixture.ts';

let w: TestWorld;
/** What the cloud was told of machines. */
let told: { readonly kernel?: string; readonly ramdisk?: string }[];
beforeEach(async () => {
  told = [];
  const hear = (_id: unknown, spec: unknown) => void told.push(spec as (typeof told)[number]);
  w = await testWorld({ wrap: (driver) => overheard(driver, 'ensure', hear) });
});
afterEach(() => w.close());

const kernelImages = (): readonly [string, string, string] => [
  imageWhere(w, ({ type }) => type === 'kernel'),
  imageWhere(w, ({ type, id }) => type === 'kernel' && id !== imageWhere(w, (i) => i.type === 'kernel')),
  imageWhere(w, ({ type }) => type === 'ramdisk'),
];
const old = () => ({ ImageId: paravirtual(w), InstanceType: 'm1.small' });
const attribute = async (InstanceId: string, Attribute: string): Promise<Output> =>
  w.call('DescribeInstanceAttribute', { InstanceId, Attribute });

it('RunInstances boots the kernel and the ramdisk that are asked for', async () => {
  const [one, other, RamdiskId] = kernelImages();
  for (const KernelId of [one, other]) {
    const [id] = await launched(w, { ...old(), KernelId, RamdiskId });
    expect(await seen(w, id!)).toMatchObject({ KernelId, RamdiskId });
    expect(await attribute(id!, 'kernel')).toMatchObject({ KernelId: { Value: KernelId } });
    expect(await attribute(id!, 'ramdisk')).toMatchObject({ RamdiskId: { Value: RamdiskId } });
    expect(told.at(-1)).toMatchObject({ kernel: KernelId, ramdisk: RamdiskId });
  }
  await expectRefusal(run(w, { ...old(), KernelId: RamdiskId }), 'InvalidAMIID.Malformed');
  await expectRefusal(run(w, { ...old(), RamdiskId: 'ari-0123456789abcdef0' }), 'InvalidAMIID.NotFound');
});

it('ModifyInstanceAttribute changes them for the next start', async () => {
  const [KernelId, other, RamdiskId] = kernelImages();
  const [InstanceId] = await launched(w, { ...old(), KernelId });
  const modify = (input: object) => w.call('ModifyInstanceAttribute', { InstanceId, ...input });
  await expectRefusal(modify({ Kernel: { Value: other } }), 'IncorrectInstanceState');
  await w.call('StopInstances', { InstanceIds: [InstanceId] });
  await w.settle();
  await modify({ Kernel: { Value: other } });
  await modify({ Ramdisk: { Value: RamdiskId } });
  expect(await seen(w, InstanceId!)).toMatchObject({ KernelId: other, RamdiskId });
  await w.call('StartInstances', { InstanceIds: [InstanceId] });
  await w.settle();
  expect(told.at(-1)).toMatchObject({ kernel: other, ramdisk: RamdiskId });
  expect(await seen(w, InstanceId!)).toMatchObject({ KernelId: other, RamdiskId, State: { Name: 'running' } });
});
