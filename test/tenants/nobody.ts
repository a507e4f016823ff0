import type { Ids } from './targets.ts';

/** Ids of the same form that nobody has. */
export const nobodys = (ids: Ids): Ids => {
  const strange = Object.entries(ids).map(([kind, id]: [string, string]) => [
    kind,
    id.replace(/-[0-9a-f]{17}$/, '-0123456789abcdef0'),
  ]);
  return {
    ...(Object.fromEntries(strange) as unknown as Ids),
    groupName: 'group-of-nobody',
    keyName: 'key-of-nobody',
    publicIp: '192.0.2.77',
  };
};

/** A message without the ids in it: what is left must not differ by whose they are. */
export const hidden = (text: string, ids: Ids): string =>
  Object.values(ids)
    .sort((one: string, other: string) => other.length - one.length)
    .reduce((masked: string, id: string) => masked.replaceAll(id, '…'), text);
