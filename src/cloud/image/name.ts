import { fail } from '../../kernel/errors.ts';
import type { Reading } from '../context/reading.ts';
import { image, ownerOf } from './image.ts';

/** API reference, RegisterImage: 3–128 letters, digits, and ()[] ./-'@_ */
const allowed = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/;

/** Refuses a name that an image cannot have, or that another image of the account has. */
export async function checkImageName(cx: Reading, name: string): Promise<void> {
  if (!allowed.test(name)) {
    fail(
      'InvalidAMIName.Malformed',
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '[', ']', ' ', '.', '-', '/', ''', '@' and '_'",
    );
  }
  const taken = (await cx.where(image, { name })).find((row) => ownerOf(row) === cx.account);
  if (taken !== undefined) fail('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${taken.id}`);
}

/** API reference, RegisterImage and CreateImage: at most 255 characters. */
export function checkDescription(description: string | undefined): void {
  if (description !== undefined && description.length > 255) {
    fail(
      'InvalidParameterValue',
      `Value (${description.slice(0, 32)}…) for parameter description is invalid. It must not be longer than 255 characters.`,
    );
  }
}
