import { fail } from '../../../kernel/errors.ts';

/** EC2 user guide, "Run commands when you launch an EC2 instance": 16 KB before base64. */
const largest = 16 * 1024;

/** Checks user data, which the API takes as base64, and gives it back as it came; undefined where there is none. */
export function readUserData(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  // Clients wrap base64 in lines.
  const packed = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed) || packed.length % 4 !== 0) {
    fail('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  }
  if (Buffer.byteLength(packed, 'base64') > largest) {
    fail('InvalidParameterValue', `User data is limited to ${largest} bytes`);
  }
  return text;
}
