import type { WebSocket } from 'ws';

/** A program that looks at a screen by RFB 3.8 (RFC 6143), and types. */
export class Viewer {
  readonly #client: WebSocket;
  #heard: Buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  width = 0;
  height = 0;

  constructor(client: WebSocket) {
    this.#client = client;
    client.on('message', (chunk) => {
      this.#heard = Buffer.concat([this.#heard, chunk as Buffer]);
      this.#wake();
    });
    client.on('close', () => this.#wake());
  }

  /** Shakes hands, without any authentication, and hears how large the screen is. Gives the version that the server speaks. */
  async begin(): Promise<string> {
    const version = (await this.#read(12)).toString();
    this.#client.send('RFB 003.008\n');
    const kinds = await this.#read((await this.#read(1)).readUInt8());
    if (!kinds.includes(1)) throw new Error(`the server wants one of the authentications ${[...kinds]}`);
    this.#client.send(Buffer.from([1]));
    const result = (await this.#read(4)).readUInt32BE();
    if (result !== 0) throw new Error(`the handshake ends with ${result}`);
    // Others may look, too.
    this.#client.send(Buffer.from([1]));
    const told = await this.#read(24);
    [this.width, this.height] = [told.readUInt16BE(0), told.readUInt16BE(2)];
    await this.#read(told.readUInt32BE(20));
    // Raw pixels, and nothing else.
    this.#client.send(Buffer.from([2, 0, 0, 1, 0, 0, 0, 0]));
    return version;
  }

  /** The pixels of the whole screen as they are now, four bytes each. */
  async screen(): Promise<Buffer> {
    const ask = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    ask.writeUInt16BE(this.width, 6);
    ask.writeUInt16BE(this.height, 8);
    this.#client.send(ask);
    const pixels = Buffer.alloc(this.width * this.height * 4);
    const [, , high, low] = await this.#read(4);
    for (let rectangle = 0; rectangle < high! * 256 + low!; rectangle++) {
      const head = await this.#read(12);
      const [x, y, wide, tall] = [0, 2, 4, 6].map((at) => head.readUInt16BE(at)) as [number, number, number, number];
      for (let row = 0; row < tall; row++) (await this.#read(wide * 4)).copy(pixels, ((y + row) * this.width + x) * 4);
    }
    return pixels;
  }

  /** Types keys that need no shift. */
  type(text: string): void {
    for (const letter of text)
      for (const isDown of [1, 0]) {
        const key = Buffer.from([4, isDown, 0, 0, 0, 0, 0, 0]);
        key.writeUInt32BE(letter === '\n' ? 0xff0d : letter.charCodeAt(0), 4);
        this.#client.send(key);
      }
  }

  async #read(length: number): Promise<Buffer> {
    while (this.#heard.length < length) {
      if (this.#client.readyState !== this.#client.OPEN) throw new Error('the screen is gone');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const found = this.#heard.subarray(0, length);
    this.#heard = this.#heard.subarray(length);
    return found;
  }
}
