import { BootModeValues, CreateImage$, type CreateImageRequest, type CreateImageResult } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';
import type { StorageLeft } from '../../../ports/driver.ts';
import { write } from '../../action/action.ts';
import type { NewRow, Writing } from '../../context/writing.ts';
import { instance } from '../../instance/instance.ts';
import type { InstanceRow } from '../../instance/row.ts';
import { refuseSnapshotsBeyond, storageLeft } from '../../quota/storage.ts';
import { snapshot } from '../../snapshot/snapshot.ts';
import { tagSpecifications } from '../../tag/tagSpecifications.ts';
import { type CapturedDevice, captureDevices } from '../capture.ts';
import { image } from '../image.ts';
import { checkDescription, checkImageName } from '../name.ts';
import createImage from '../operations/createImage.ts';
import type { ImageRow } from '../row.ts';

export default write<CreateImageRequest, CreateImageResult, StorageLeft | undefined>(CreateImage$, {
  doc: 'Makes an image of an instance, with a snapshot of each of its EBS volumes.',
  async prepare(cx, { InstanceId = '' }) {
    const devices = (await cx.find(instance, InstanceId))?.blockDevices ?? [];
    return devices.length === 0 ? undefined : storageLeft(cx, devices);
  },
  async run(tx, input, left) {
    if (!tx.here.driver.can.images) fail('Unsupported', 'Images cannot be made in this region.');
    const instanceId = input.InstanceId ?? missing('InstanceId');
    const name = input.Name ?? missing('Name');
    const tags = tagSpecifications(input.TagSpecifications, ['image', 'snapshot']);
    checkDescription(input.Description);
    if (input.SnapshotLocation !== undefined)
      invalid(input.SnapshotLocation, 'SnapshotLocation', 'The instance is not in a Local Zone or on an Outpost.');
    await checkImageName(tx, name);
    const source = await tx.need(instance, instanceId);
    checkSource(tx, source);
    const id = tx.newId(image);
    const devices = await captureDevices(tx, source, input.BlockDeviceMappings);
    refuseSnapshotsBeyond(
      left,
      devices.flatMap(({ volume }) => (volume === undefined ? [] : [{ volume: volume.id, sizeGiB: volume.sizeGiB }])),
    );
    await insertSnapshots(tx, id, source, devices, tags.snapshot ?? {});
    await tx.insert(image, {
      ...(await imageOf(tx, source, input, name)),
      id,
      tags: tags.image ?? {},
      blockDevices: devices.map((one) => one.line),
    });
    await tx.start(createImage, id, {
      id,
      instance: source.id,
      reboot: source.state === 'running' && input.NoReboot !== true,
      ...(source.rootDeviceType === 'ebs' ? {} : { ownDisk: true as const }),
      snapshots: devices.flatMap(({ line: { device, ebs }, volume }) =>
        ebs?.snapshot === undefined
          ? []
          : [
              {
                device,
                snapshot: ebs.snapshot,
                sizeGiB: ebs.sizeGiB!,
                ...(volume === undefined ? {} : { volume: volume.id }),
              },
            ],
      ),
    });
    return { ImageId: id };
  },
});

function checkSource(tx: Writing, source: InstanceRow): void {
  if (source.state !== 'running' && source.state !== 'stopped') {
    fail(
      'IncorrectState',
      `Instance '${source.id}' is not in the 'running' or 'stopped' state; it is '${source.state}'.`,
    );
  }
  if (source.rootDeviceType !== 'ebs' && !tx.here.driver.can.ownDiskImages)
    fail(
      'UnsupportedOperation',
      `The instance '${source.id}' does not have an 'ebs' root device type and an image of it cannot be created.`,
    );
}

/** One snapshot for each volume that is captured, with the same tags. */
async function insertSnapshots(
  tx: Writing,
  imageId: string,
  source: InstanceRow,
  devices: readonly CapturedDevice[],
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const taken = devices.flatMap(({ line, volume }) =>
    volume === undefined ? [] : [{ id: line.ebs!.snapshot!, volume }],
  );
  await tx.take('snapshots', taken.length);
  await tx.insertAll(
    snapshot,
    taken.map(({ id, volume }) => ({
      id,
      state: 'pending' as const,
      volume: volume.id,
      sizeGiB: volume.sizeGiB,
      description: `Created by CreateImage(${source.id}) for ${imageId}`,
      encrypted: volume.encrypted,
      progress: 0,
      permissions: [],
      takenFor: imageId,
      tags,
      ...(volume.kmsKey === undefined ? {} : { kmsKey: volume.kmsKey }),
    })),
  );
}

/** What the image takes from the instance, and, as far as that can still be seen, from the image it was launched from. */
async function imageOf(
  tx: Writing,
  source: InstanceRow,
  input: CreateImageRequest,
  name: string,
): Promise<Omit<NewRow<ImageRow>, 'id' | 'tags' | 'blockDevices'> & { blockDevices?: never }> {
  const bootMode = bootModeOf(source, input.BootModeOverride);
  const { account, region } = tx;
  const [origin] = await tx.reader.items({
    kind: image.kind,
    account,
    region,
    audience: ['all', account],
    ids: [source.image],
  });
  const { tpm, imdsSupport, productCodes } =
    origin === undefined ? { productCodes: [] } : (JSON.parse(origin.body) as ImageRow);
  return {
    state: 'pending',
    type: 'machine',
    name,
    location: `${tx.account}/${name}`,
    architecture: source.architecture as ImageRow['architecture'],
    platformDetails: source.platformDetails,
    usageOperation: source.usageOperation,
    virtualization: source.virtualization,
    hypervisor: source.hypervisor,
    rootDeviceType: source.rootDeviceType,
    enaSupport: source.enaSupport,
    launchPermissions: [],
    productCodes,
    sourceInstance: source.id,
    sourceImage: source.image,
    sourceImageRegion: tx.region,
    ...(source.rootDeviceName === undefined ? {} : { rootDeviceName: source.rootDeviceName }),
    ...(source.platform === undefined ? {} : { platform: source.platform }),
    ...(source.kernel === undefined ? {} : { kernel: source.kernel }),
    ...(source.ramdisk === undefined ? {} : { ramdisk: source.ramdisk }),
    ...(source.sriov === undefined ? {} : { sriov: source.sriov }),
    ...(bootMode === undefined ? {} : { bootMode }),
    ...(tpm === undefined ? {} : { tpm }),
    ...(imdsSupport === undefined ? {} : { imdsSupport }),
    ...(input.Description === undefined ? {} : { description: input.Description }),
  };
}

/** The boot mode of the instance, unless the request sets `uefi` for an instance that boots so at present. */
function bootModeOf(source: InstanceRow, override: string | undefined): ImageRow['bootMode'] {
  if (override === undefined) return Object.values(BootModeValues).find((mode) => mode === source.bootMode);
  if (override !== 'uefi') return invalid(override, 'BootModeOverride', 'The only value is uefi.');
  if (source.currentBootMode !== 'uefi')
    fail(
      'InvalidParameterCombination',
      `The parameter BootModeOverride needs an instance whose current boot mode is uefi; '${source.id}' boots ${source.currentBootMode ?? 'legacy-bios'}.`,
    );
  return 'uefi';
}
