import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

interface Answer {
  readonly id?: number;
  /** An event: what has happened. */
  readonly method?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
}

/** Chromium without a window (Debian: `chromium`), with one page, told what to do by the DevTools protocol. */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #loaded: () => void = () => undefined;
  #session: string | undefined;
  #last = 0;

  private constructor(process: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.on('message', (text) => {
      const answer = JSON.parse(String(text)) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
      if (answer.method === 'Page.loadEventFired') this.#loaded();
    });
  }

  /** Starts it, and opens the page. */
  static async open(url: string): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), 'elsewhere-browser-'));
    const args = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, '--disable-gpu'];
    // Its sandbox does not start for root.
    if (process.getuid?.() === 0) args.push('--no-sandbox');
    const child = spawn('chromium', [...args, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const socket = new WebSocket(await endpoint(child));
    await once(socket, 'open');
    const browser = new Chromium(child, profile, socket);
    const { targetId } = await browser.#tell('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.#tell('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = sessionId as string;
    await browser.#tell('Page.enable', {});
    const loaded = new Promise<void>((resolve) => {
      browser.#loaded = resolve;
    });
    await browser.#tell('Page.navigate', { url });
    await loaded;
    return browser;
  }

  /** What an expression is in the page, awaited. Throws what it throws. */
  async evaluate<T>(expression: string): Promise<T> {
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = (await this.#tell('Runtime.evaluate', asked)) as unknown as Evaluated;
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  }

  /** Types where the page's focus is, as a keyboard does. */
  async type(text: string): Promise<void> {
    for (const letter of text) {
      const [key, text] = letter === '\n' ? ['Enter', '\r'] : [letter, letter];
      // Windows' codes are those of letters and digits only: others would be arrows, Home, and so on.
      const code = letter === '\n' ? 13 : /\w/.test(letter) ? letter.toUpperCase().charCodeAt(0) : 0;
      const pressed = { key, text, windowsVirtualKeyCode: code };
      await this.#tell('Input.dispatchKeyEvent', { type: 'keyDown', ...pressed });
      await this.#tell('Input.dispatchKeyEvent', { type: 'keyUp', ...pressed });
    }
  }

  async close(): Promise<void> {
    const ended = once(this.#process, 'exit');
    await this.#tell('Browser.close', {});
    await ended;
    rmSync(this.#profile, { recursive: true, maxRetries: 10, retryDelay: 100 });
  }

  #tell(method: string, params: object): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        this.#waiting.delete(id);
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
      const session = method.startsWith('Browser.') ? undefined : this.#session;
      this.#socket.send(JSON.stringify({ id, method, params, sessionId: session }));
    });
  }
}

/** Where a Chromium that just started waits to be told. */
async function endpoint(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  const failed = once(child, 'error').then(([error]) => {
    throw new Error('this test needs Chromium: apt-get install chromium', { cause: error });
  });
  const told = (async () => {
    for await (const line of createInterface(child.stderr!)) {
      const [, url] = /^DevTools listening on (ws:\S+)/.exec(line) ?? [];
      if (url !== undefined) return url;
      said.push(line);
    }
    throw new Error(`Chromium ended: ${said.join('\n')}`);
  })();
  const url = await Promise.race([failed, told]);
  // Its stream would fill otherwise.
  child.stderr!.resume();
  return url;
}
