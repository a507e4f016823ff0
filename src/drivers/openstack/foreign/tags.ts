import type { SeenTags, TagChange } from '../../../ports/tags.ts';

type Texts = Readonly<Record<string, string>>;

/** The member of metadata that is for us alone. */
const ours = 'elsewhere';

const isTag = (key: string): boolean => key !== ours && key.length <= 128 && !key.toLowerCase().startsWith('aws:');

/** Metadata as tags; what is for us alone, and what EC2 keeps for itself, is not shown. */
export const tagsOf = (metadata: Texts | undefined): Texts =>
  Object.fromEntries(
    Object.entries(metadata ?? {})
      .filter(([key]) => isTag(key))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );

/** Keys that Nova and Cinder take (api/validation/parameter_types, metadata). */
const taken = /^[a-zA-Z0-9_:. -]{1,255}$/;
/** The longest value that they take. */
const longest = 255;

/** What of an account's tags can be metadata. */
export const carriedOf = (tags: Texts | undefined): Texts =>
  Object.fromEntries(
    Object.entries(tags ?? {}).filter(([key, value]) => isTag(key) && taken.test(key) && value.length <= longest),
  );

/** How the metadata of one thing is changed. */
export interface MetadataOf {
  /** Adds and replaces; gives all of it. */
  put(members: Texts): Promise<Texts>;
  drop(key: string): Promise<unknown>;
  all(): Promise<Texts>;
}

/** Changes the tags that the cloud shows of a thing. */
export async function retagged({ put, drop }: TagChange, metadata: MetadataOf): Promise<SeenTags> {
  for (const key of drop) if (isTag(key) && taken.test(key)) await metadata.drop(key);
  const members = carriedOf(put);
  const all = Object.keys(members).length > 0 ? await metadata.put(members) : await metadata.all();
  return { settled: true, tags: tagsOf(all) };
}
