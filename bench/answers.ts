/** Called for every answer that is complete; `text` is the beginning of what came with a status other than 200. */
export type OnAnswer = (status: number, bytes: number, text: string) => void;

const headEnd = Buffer.from('\r\n\r\n');
const nothing = Buffer.alloc(0);

/** Finds where HTTP answers end in a stream of bytes; knows `Content-Length` only. Bodies are counted, not kept. */
export function answerReader(onAnswer: OnAnswer): (chunk: Buffer) => void {
  let head: Buffer = nothing;
  let bodyLeft = 0;
  let status = 0;
  let bytes = 0;
  let refusal = '';
  return (given) => {
    let chunk = given;
    while (chunk.length > 0) {
      if (bodyLeft === 0) {
        const known = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        const end = known.indexOf(headEnd);
        if (end < 0) {
          // The chunk's memory is used again for the next one.
          head = Buffer.from(known);
          return;
        }
        const text = known.toString('latin1', 0, end);
        status = Number(text.slice(9, 12));
        bytes = bodyLeft = lengthIn(text);
        chunk = known.subarray(end + headEnd.length);
        head = nothing;
        refusal = status === 200 ? '' : chunk.toString('utf8', 0, 500);
      }
      const taken = Math.min(bodyLeft, chunk.length);
      bodyLeft -= taken;
      chunk = chunk.subarray(taken);
      if (bodyLeft === 0) onAnswer(status, bytes, refusal);
    }
  };
}

function lengthIn(head: string): number {
  const found = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (found === null) throw new Error(`an answer without Content-Length: ${head.slice(0, 200)}`);
  return Number(found[1]);
}
