type Texts = Readonly<Record<string, string>>;

/** Members of metadata that are for us alone. */
const ours = 'elsewhere';

/** Metadata as tags; what is for us alone, and what EC2 keeps for itself, is not shown. */
export const tagsOf = (metadata: Texts | undefined): Texts =>
  Object.fromEntries(
    Object.entries(metadata ?? {})
      .filter(([key]) => key !== ours && key.length <= 128 && !key.toLowerCase().startsWith('aws:'))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
