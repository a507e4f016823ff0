import type { Ip } from './addresses.ts';

/** Types of records. */
export const dnsTypes = { a: 1, ptr: 12, aaaa: 28, any: 255 } as const;

/** Codes of an answer. */
export const dnsCodes = { ok: 0, serverFailure: 2, noSuchName: 3, refused: 5 } as const;

/** A query with exactly one question. */
export interface DnsQuery {
  readonly id: number;
  readonly recursionDesired: boolean;
  /** In lower case, without the last dot. */
  readonly name: string;
  readonly type: number;
  readonly inet: boolean;
  /** The question as it was asked. */
  readonly question: Buffer;
}

export type DnsRecord = { readonly type: 1; readonly ip: Ip } | { readonly type: 12; readonly name: string };

/** Reads a query; undefined when it is malformed, an answer, or asks other than one thing. */
export function readQuery(message: Buffer): DnsQuery | undefined {
  if (message.length < 17) return undefined;
  const flags = message.readUInt16BE(2);
  // A query of the standard kind (opcode 0).
  if ((flags & 0xf800) !== 0 || message.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = message[at];
    // A question has nothing before it to point at, so a compressed name is malformed.
    if (length === undefined || length > 63) return undefined;
    if (length === 0) break;
    if (at + 1 + length >= message.length) return undefined;
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at - 12 > 254 || at + 5 > message.length) return undefined;
  return {
    id: message.readUInt16BE(0),
    recursionDesired: (flags & 0x0100) !== 0,
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(at + 1),
    inet: message.readUInt16BE(at + 3) === 1,
    question: message.subarray(12, at + 5),
  };
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.map((label) => {
      const bytes = Buffer.from(label, 'latin1').subarray(0, 63);
      return Buffer.concat([Buffer.from([bytes.length]), bytes]);
    }),
    Buffer.from([0]),
  ]);
}

/** Writes the answer to a query; every record is about the name that was asked for. */
export function writeAnswer(query: DnsQuery, code: number, records: readonly DnsRecord[], ttl: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(query.id, 0);
  head.writeUInt16BE(0x8080 | (query.recursionDesired ? 0x0100 : 0) | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  const answers = records.map((record) => {
    const data = record.type === dnsTypes.a ? Buffer.alloc(4) : nameBytes(record.name);
    if (record.type === dnsTypes.a) data.writeUInt32BE(record.ip);
    const front = Buffer.alloc(12);
    front.writeUInt16BE(0xc00c, 0);
    front.writeUInt16BE(record.type, 2);
    front.writeUInt16BE(1, 4);
    front.writeUInt32BE(ttl, 6);
    front.writeUInt16BE(data.length, 10);
    return Buffer.concat([front, data]);
  });
  return Buffer.concat([head, query.question, ...answers]);
}

/** An answer cut to its question, with the flag that asks to come again by TCP. */
export function truncated(answer: Buffer, query: DnsQuery): Buffer {
  const short = Buffer.concat([answer.subarray(0, 12), query.question]);
  short.writeUInt16BE(short.readUInt16BE(2) | 0x0200, 2);
  short.fill(0, 6, 12);
  return short;
}
