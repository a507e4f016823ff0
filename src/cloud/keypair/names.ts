import { fail, invalid, missing } from '../../kernel/errors.ts';
import type { Reading } from '../context/reading.ts';
import { keypair } from './keypair.ts';
import { ownKeyPairs } from './own.ts';

/** Checks the name of a new key pair: up to 255 ASCII characters, as the API reference says; here printable ones. */
export function readKeyName(name: string | undefined): string {
  if (name === undefined || name === '') return missing('KeyName');
  if (name.length > 255) invalid(name, 'KeyName', 'It exceeds the maximum length of 255 characters.');
  if (!/^[\x20-\x7e]+$/.test(name)) invalid(name, 'KeyName', 'Character sets beyond ASCII are not supported.');
  if (name.trim() !== name) invalid(name, 'KeyName', 'It may not begin or end with a space.');
  return name;
}

/** Refuses a name that is taken. */
export async function needFreeName(cx: Reading, name: string): Promise<void> {
  if ((await cx.count(keypair, { 'key-name': name })) > 0) {
    fail('InvalidKeyPair.Duplicate', `The keypair '${name}' already exists.`);
  }
}

/** Refuses a name that a key pair of the user who asks has in the cloud: two of one name would not be told apart. */
export async function needNameNotOwn(cx: Reading, name: string): Promise<void> {
  const own = await ownKeyPairs(cx);
  if (own.some((one) => one.name === name))
    fail('InvalidKeyPair.Duplicate', `The keypair '${name}' already exists in the cloud behind this region.`);
}
