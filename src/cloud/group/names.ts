import { fail, missing } from '../../kernel/errors.ts';

const allowed = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;
const characters = 'strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*';

/** Checks the name of a new group. EC2 drops spaces at its end. */
export function readGroupName(text: string | undefined): string {
  const name = (text ?? '').trimEnd();
  if (name === '') return missing('GroupName');
  if (/^sg-/i.test(name)) {
    fail('InvalidParameterValue', `Invalid value '${name}' for groupName. Group names may not be in the format sg-*.`);
  }
  // The code InvalidGroup.Reserved was EC2-Classic's; in a VPC it is this.
  if (name === 'default') fail('InvalidParameterValue', 'Cannot use reserved security group name: default');
  if (!allowed.test(name)) fail('InvalidParameterValue', `Invalid security group name. Valid names are ${characters}`);
  return name;
}

/** Checks the description of a new group. */
export function readGroupDescription(text: string | undefined): string {
  if (text === undefined || text === '') return missing('GroupDescription');
  if (/[^\x20-\x7e]/.test(text)) {
    fail(
      'InvalidParameterValue',
      `Value (${text}) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.`,
    );
  }
  if (!allowed.test(text)) {
    fail('InvalidParameterValue', `Invalid security group description. Valid descriptions are ${characters}`);
  }
  return text;
}
