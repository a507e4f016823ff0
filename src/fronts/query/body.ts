/** A text whose length on the wire is known: counting it takes as long as the rest of a small answer. */
export interface Text {
  readonly text: string;
  /** Bytes in UTF-8. */
  readonly bytes: number;
}

/** The inside of an answer: short as text, longer as bytes, too long to be all in memory as a stream of bytes. */
export type Inner = Text | Buffer | AsyncIterable<Buffer>;

/** The body of an answer: short as one text, longer in parts, very long as a stream whose length is not known before. */
export type Body = Text | readonly (string | Buffer)[] | AsyncIterable<string | Buffer>;

export const textOf = (text: string): Text => ({ text, bytes: Buffer.byteLength(text) });

export const isText = (body: Body | Inner): body is Text => 'text' in body;

/** The inside of an answer with what stands around it, which is all ASCII. */
export function enclose(before: string, inner: Inner, after: string): Body {
  if (isText(inner)) {
    return { text: before + inner.text + after, bytes: before.length + inner.bytes + after.length };
  }
  return Buffer.isBuffer(inner) ? [before, inner, after] : stream(before, inner, after);
}

async function* stream(before: string, inner: AsyncIterable<Buffer>, after: string): AsyncGenerator<string | Buffer> {
  yield before;
  yield* inner;
  yield after;
}
