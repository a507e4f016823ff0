import { fail } from '../../kernel/errors.ts';
import type { Capabilities } from '../../ports/capabilities.ts';

/**
 * Refuses, with Unsupported, what a request wants of a volume and the region's cloud does not give. What a volume takes over
 * of an encrypted snapshot is not wanted by the request: the cloud copies it so.
 */
export function needOffered(
  can: Capabilities,
  wanted: { readonly encrypted?: boolean; readonly multiAttach?: boolean; readonly otherType?: boolean },
): void {
  if (wanted.encrypted && !can.encryptedVolumes)
    fail('Unsupported', "This region's cloud does not encrypt volumes that a request wants encrypted.");
  if (wanted.multiAttach && !can.multiAttach)
    fail('Unsupported', "This region's cloud does not attach a volume to several instances.");
  if (wanted.otherType && !can.otherVolumeTypes)
    fail('Unsupported', "This region's cloud does not change the type or the performance of a volume.");
}
