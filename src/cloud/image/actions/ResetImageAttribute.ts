import { ResetImageAttribute$, type ResetImageAttributeRequest } from '@aws-sdk/client-ec2';
import { invalid, missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { needOwnImage } from '../deregistered.ts';
import { image, ownerOf } from '../image.ts';
import { share, sharedWith } from '../sharing.ts';

export default write<ResetImageAttributeRequest, Record<string, never>, readonly string[]>(ResetImageAttribute$, {
  doc: 'Takes back every launch permission of an image: only its owner may launch it.',
  // A cloud that decides who may use an image may know of more than the row does.
  prepare: async (cx, { ImageId = '' }) => {
    const row = await cx.find(image, ImageId);
    return row === undefined || ownerOf(row) !== cx.account ? [] : sharedWith(cx, row);
  },
  async run(tx, input, shared) {
    const imageId = input.ImageId ?? missing('ImageId');
    const attribute = input.Attribute ?? missing('Attribute');
    if (attribute !== 'launchPermission') invalid(attribute, 'attribute', 'Only launchPermission can be reset.');
    const row = await needOwnImage(tx, imageId);
    await share(tx, row, { add: [], remove: [...new Set([...row.launchPermissions, ...shared])] }, []);
    return {};
  },
  settle: {},
});
