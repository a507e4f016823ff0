import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Command {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly id: number;
}

/** A pretended QEMU that waits at a Unix socket. Like the real one, it greets one client at a time. */
export interface Pretended {
  readonly path: string;
  readonly heard: readonly Command[];
  /** What it answers to commands: `return` or `error`; undefined: nothing. */
  answer: (command: Command) => object | undefined;
  say(text: string): void;
  event(event: string, data?: object): void;
  die(): void;
  close(): Promise<void>;
}

const greeting = '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}\r\n';

export async function pretendedQemu(greets = true): Promise<Pretended> {
  const folder = mkdtempSync(join(tmpdir(), 'qmp-'));
  const path = join(folder, 'qmp.sock');
  const heard: Command[] = [];
  let client: Socket | undefined;
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (client !== undefined) return;
    client = socket;
    if (greets) socket.write(greeting);
    socket.on('data', (data) => {
      for (const line of data.toString().split('\n').filter(Boolean)) {
        const command = JSON.parse(line) as Command;
        heard.push(command);
        const answer = command.execute === 'qmp_capabilities' ? { return: {} } : pretended.answer(command);
        if (answer !== undefined) socket.write(`${JSON.stringify({ ...answer, id: command.id })}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const pretended: Pretended = {
    path,
    heard,
    answer: () => ({ return: {} }),
    say: (text) => void client?.write(text),
    event: (event, data = {}) =>
      void client?.write(
        `${JSON.stringify({ timestamp: { seconds: 1_700_000_000, microseconds: 250_000 }, event, data })}\r\n`,
      ),
    die: () => void client?.destroy(),
    close: async () => {
      client?.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
  return pretended;
}
