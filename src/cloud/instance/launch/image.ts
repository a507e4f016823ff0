import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import type { Reading } from '../../context/reading.ts';
import { needImage } from '../../image/deregistered.ts';
import type { ImageRow } from '../../image/row.ts';

type Kind = ImageRow['type'];
const prefixes: Readonly<Record<Kind, string>> = { machine: 'ami', kernel: 'aki', ramdisk: 'ari' };

/** The image that a request names, when the caller may launch it and it is available. */
export const launchImage = (cx: Reading, id: string | undefined): Promise<ImageRow> =>
  visible(cx, id ?? missing('ImageId'), 'machine');

/** Kernel and ramdisk of the request, or else the image's own. Only paravirtual images boot with them. */
export async function launchKernel(
  cx: Reading,
  input: RunInstancesRequest,
  { kernel, ramdisk, virtualization }: ImageRow,
) {
  const asked = { kernel: input.KernelId || undefined, ramdisk: input.RamdiskId || undefined };
  const other = (asked.kernel ?? kernel) !== kernel || (asked.ramdisk ?? ramdisk) !== ramdisk;
  if (!other) return present(kernel, ramdisk);
  if (virtualization === 'hvm') {
    fail('InvalidParameterCombination', 'An HVM image cannot be launched with a kernel or ramdisk of its own.');
  }
  if (!cx.here.driver.can.kernelImages)
    fail('Unsupported', 'In this region images boot with their own kernel and ramdisk only.');
  if (asked.kernel !== undefined) await visible(cx, asked.kernel, 'kernel');
  if (asked.ramdisk !== undefined) await visible(cx, asked.ramdisk, 'ramdisk');
  return present(asked.kernel ?? kernel, asked.ramdisk ?? ramdisk);
}

/** A kernel or ramdisk image that the caller may use. */
export const needKernelImage = (cx: Reading, id: string, kind: 'kernel' | 'ramdisk'): Promise<ImageRow> =>
  visible(cx, id, kind);

const present = (kernel: string | undefined, ramdisk: string | undefined) => ({
  ...(kernel !== undefined && { kernel }),
  ...(ramdisk !== undefined && { ramdisk }),
});

async function visible(cx: Reading, id: string, kind: Kind): Promise<ImageRow> {
  const prefix = prefixes[kind];
  if (!new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id)) {
    fail('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "${prefix}-...")`);
  }
  const row = await needImage(cx, id);
  if (row.type !== kind) fail('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
  if (row.state !== 'available') fail('InvalidAMIID.Unavailable', `The image ID '${id}' is not available`);
  return row;
}
