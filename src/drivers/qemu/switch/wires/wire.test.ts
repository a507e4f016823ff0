import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCutter } from './frames.ts';
import { createWire, type Wire } from './wire.ts';

const framed = (...frames: readonly Buffer[]): Buffer =>
  Buffer.concat(
    frames.flatMap((frame) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(frame.length);
      return [length, frame];
    }),
  );

describe('cutting a stream', () => {
  it('gives the same frames however the stream was cut on its way', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)));
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, sizes) => {
        const got: Buffer[] = [];
        const cut = createCutter(60, (buffer, start, end) => void got.push(Buffer.from(buffer.subarray(start, end))));
        const stream = framed(...sent);
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const size = sizes[turn % sizes.length]!;
          expect(cut(stream.subarray(at, at + size))).toBe(true);
          at += size;
        }
        expect(got).toEqual(sent);
      }),
    );
  });

  it('a length that no frame has ends it', () => {
    const cut = createCutter(60, () => undefined);
    expect(cut(Buffer.from([0xff, 0, 0, 0, 1]))).toBe(false);
  });
});

describe('a wire', () => {
  const clock = {
    now: () => Date.now(),
    at: (at: number, callback: () => void) => {
      const timer = setTimeout(callback, at - Date.now());
      return { cancel: () => clearTimeout(timer) };
    },
  };
  let folder: string;
  let path: string;
  let wire: Wire;
  let qemu: Server;
  const got: Buffer[] = [];
  const received = vi.fn();

  const listen = async (): Promise<Server> => {
    const server = createServer();
    server.listen(path);
    await once(server, 'listening');
    return server;
  };
  const accepted = async (): Promise<Socket> => ((await once(qemu, 'connection')) as [Socket])[0];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wire-'));
    path = join(folder, 'wire');
    got.length = 0;
    wire = createWire({
      ...{ path, clock, largest: 100, received },
      receive: (buffer, start, end) => void got.push(Buffer.from(buffer.subarray(start, end))),
    });
  });
  afterEach(() => {
    wire.close();
    qemu?.close();
    rmSync(folder, { recursive: true });
  });

  it('waits for QEMU, and finds it again after it went', async () => {
    for (const text of ['first', 'second']) {
      qemu = await listen();
      const socket = await accepted();
      socket.write(framed(Buffer.from(text)));
      await vi.waitFor(() => expect(got.map(String)).toContain(text));
      socket.destroy();
      qemu.close();
      await vi.waitFor(() => expect(wire.up).toBe(false));
    }
    expect(received).toHaveBeenCalled();
  });

  it('sends frames in order, those that lie behind one another at once', async () => {
    qemu = await listen();
    const socket = await accepted();
    await vi.waitFor(() => expect(wire.up).toBe(true));
    const sent = framed(Buffer.from('aa'), Buffer.from('bbb'));
    expect(wire.forward(sent, 4, 6)).toBe(true);
    expect(wire.forward(sent, 10, 13)).toBe(true);
    expect(wire.send(Buffer.from('c'))).toBe(true);
    const read: Buffer[] = [];
    socket.on('data', (chunk) => void read.push(chunk));
    await vi.waitFor(() => expect(Buffer.concat(read)).toEqual(Buffer.concat([sent, framed(Buffer.from('c'))])));
  });

  it('drops frames to who does not read them, and keeps no more than its share', async () => {
    expect(wire.send(Buffer.from('nobody'))).toBe(false);
    qemu = await listen();
    const socket = await accepted();
    socket.pause();
    await vi.waitFor(() => expect(wire.up).toBe(true));
    const frame = Buffer.alloc(9_000);
    let sent = 0;
    while (sent < 10_000 && wire.send(frame)) sent += 1;
    expect(sent).toBeGreaterThan(10);
    expect(sent * frame.length).toBeLessThan(8 * 1024 * 1024);
  });

  it('cuts off who sends what are no frames', async () => {
    qemu = await listen();
    const socket = await accepted();
    socket.write(Buffer.from([1, 2, 3, 4, 5]));
    await once(socket, 'close');
    expect(got).toEqual([]);
  });
});
