import { ResetImageAttribute$, type ResetImageAttributeRequest } from '@aws-sdk/client-ec2';
import { invalid, missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { needOwnImage } from '../deregistered.ts';
import { image } from '../image.ts';

export default write<ResetImageAttributeRequest, Record<string, never>>(ResetImageAttribute$, {
  doc: 'Takes back every launch permission of an image: only its owner may launch it.',
  async run(tx, input) {
    const imageId = input.ImageId ?? missing('ImageId');
    const attribute = input.Attribute ?? missing('Attribute');
    if (attribute !== 'launchPermission') invalid(attribute, 'attribute', 'Only launchPermission can be reset.');
    await tx.update(image, await needOwnImage(tx, imageId), { launchPermissions: [] });
    return {};
  },
});
