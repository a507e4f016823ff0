type Tags = Readonly<Record<string, string>>;

/** What both sides see of a thing: its tags here, and what the cloud had as tags when it was seen last. */
export interface TaggedInCloud {
  readonly tags: Tags;
  /** Absent: nothing. */
  readonly cloudTags?: Tags;
}

/** A thing as the cloud tells it. */
interface Told {
  readonly id: string;
  /** Its name there; our id where we gave it. */
  readonly name: string;
  readonly tags: Tags;
}

/**
 * Takes over what was changed in the cloud since it was seen last: what it has and had not is added, what it has no more
 * goes. What was changed here alone stays. A name of the cloud's is the tag `Name`, unless there is one.
 */
export function mergedTags({ tags, cloudTags = {} }: TaggedInCloud, told: Told): TaggedInCloud {
  const now: Tags = { ...(told.name !== '' && told.name !== told.id && { Name: told.name }), ...told.tags };
  const merged: Record<string, string> = { ...tags };
  for (const [key, value] of Object.entries(now)) if (cloudTags[key] !== value) merged[key] = value;
  for (const key of Object.keys(cloudTags)) if (now[key] === undefined) delete merged[key];
  return { tags: merged, cloudTags: Object.keys(now).length === 0 ? (undefined as never) : now };
}
