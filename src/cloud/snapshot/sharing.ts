import { fail } from '../../kernel/errors.ts';
import type { Reading } from '../context/reading.ts';

/** Names that stand for publishers in Owners and OwnerIds (API reference, DescribeImages and DescribeSnapshots). */
const aliases: readonly string[] = ['amazon', 'aws-marketplace', 'aws-backup-vault'];

/** True for an account id: 12 digits. */
export const isAccountId = (text: string): boolean => /^\d{12}$/.test(text);

/** The owners that a request names (`self`, aliases, account ids), as the index `owner` of images and snapshots knows them. */
export const ownersOf = (cx: Reading, names: readonly string[]): readonly string[] =>
  names.map((name) => (name === 'self' ? cx.account : aliases.includes(name) ? name : accountId(name)));

/** Those that may use a thing (`self`, `all`, account ids), as the index `audience` of images and `restorable-by` of snapshots know them. */
export const audienceOf = (cx: Reading, names: readonly string[]): readonly string[] =>
  names.map((name) => (name === 'self' ? cx.account : name === 'all' ? name : accountId(name)));

const accountId = (text: string): string =>
  isAccountId(text) ? text : fail('InvalidUserID.Malformed', `Invalid user id: "${text}"`);
