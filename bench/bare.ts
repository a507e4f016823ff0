/**
 * The bare server: Node's own HTTP server that answers every request with the bytes it was given, and does nothing else.
 * It is what an answer of that size costs at least.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BareAnswer } from './bareServer.ts';

let answer: BareAnswer = { headers: {}, body: new Uint8Array() };

const server = createServer((_request, response) => {
  response.writeHead(200, answer.headers);
  response.end(answer.body);
});

function listen(): void {
  process.on('message', (message: { readonly answer?: BareAnswer }) => {
    if (message.answer !== undefined)
      answer = { headers: message.answer.headers, body: Buffer.from(message.answer.body) };
    const { port } = server.address() as AddressInfo;
    const { user, system } = process.cpuUsage();
    process.send?.({ port, cpuSeconds: (user + system) / 1e6 });
  });
}

process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', listen);
